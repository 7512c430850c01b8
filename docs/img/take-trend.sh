#!/usr/bin/env bash
# Takes the picture of `hullwatch trend zvezda-prk` for the documentation, in headless Chromium.
#   BROWSER   the browser (default chromium)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
(cd "$work" && hullwatch trend zvezda-prk >/dev/null)
"${BROWSER:-chromium}" --headless --no-sandbox --disable-gpu --hide-scrollbars --force-device-scale-factor=1 \
  --user-data-dir="$work/profile" --virtual-time-budget=4000 --window-size="${SIZE:-1000,1180}" \
  --screenshot="$work/trend.png" "file://$work/hullwatch-zvezda-prk/trend.html" 2>/dev/null
# fewer colours, so that the file stays small
python - "$work/trend.png" trend-zvezda-prk.png <<'P'
import sys

from PIL import Image  # comes with matplotlib

Image.open(sys.argv[1]).convert("RGB").quantize(64).save(sys.argv[2], optimize=True)
P
ls -l trend-zvezda-prk.png
