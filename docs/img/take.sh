#!/usr/bin/env bash
# Takes the pictures of reports in the documentation, in headless Chromium: `replay soyuz-ms-09`, `trend zvezda-prk`.
#   BROWSER   the browser (default chromium)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

take() {  # page, picture, width and height, colours (few, so that the file stays small)
  "${BROWSER:-chromium}" --headless --no-sandbox --disable-gpu --hide-scrollbars --force-device-scale-factor=1 \
    --user-data-dir="$work/profile" --virtual-time-budget=4000 --window-size="$3" \
    --screenshot="$work/page.png" "file://$work/$1" 2>/dev/null
  python - "$work/page.png" "$2" "$4" <<'P'
import sys

from PIL import Image  # comes with matplotlib

Image.open(sys.argv[1]).convert("RGB").quantize(int(sys.argv[3])).save(sys.argv[2], optimize=True)
P
  ls -l "$2"
}

(cd "$work" && hullwatch replay soyuz-ms-09 >/dev/null && hullwatch trend zvezda-prk >/dev/null)
take hullwatch-soyuz-ms-09/report.html report-soyuz-ms-09.png 1000,1250 128
take hullwatch-zvezda-prk/trend.html trend-zvezda-prk.png 1000,1180 64
