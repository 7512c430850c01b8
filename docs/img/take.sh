#!/usr/bin/env bash
# Takes the picture in the README: the report of `hullwatch replay soyuz-ms-09`, in headless Chromium.
#   BROWSER   the browser (default chromium)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
(cd "$work" && hullwatch replay soyuz-ms-09 >/dev/null)
"${BROWSER:-chromium}" --headless --no-sandbox --disable-gpu --hide-scrollbars --force-device-scale-factor=1 \
  --user-data-dir="$work/profile" --virtual-time-budget=4000 --window-size="${SIZE:-1000,1250}" \
  --screenshot="$work/report.png" "file://$work/hullwatch-soyuz-ms-09/report.html" 2>/dev/null
# fewer colours, so that the file stays small
python - "$work/report.png" report-soyuz-ms-09.png <<'P'
import sys

from PIL import Image  # comes with matplotlib

Image.open(sys.argv[1]).convert("RGB").quantize(128).save(sys.argv[2], optimize=True)
P
ls -l report-soyuz-ms-09.png
