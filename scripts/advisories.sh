#!/usr/bin/env bash
# Judges the crates of each manifest by RustSec's advisories: advisories.sh CARGO_DENY MANIFEST…
#
# The database is no package, so it cannot be had everywhere that the crates can. Where it cannot be fetched, nothing is
# judged: that is said, and is no failure. Where it can, an advisory for a crate in use is one.
set -euo pipefail
deny=$1
shift
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! "$deny" --manifest-path "$1" --log-level warn fetch db >"$log" 2>&1; then
  tail -n 3 "$log"
  echo "advisories: NOT CHECKED, as RustSec's database could not be fetched; run \`make deny\` again where https://github.com/RustSec/advisory-db can be reached"
  exit 0
fi
for manifest in "$@"; do
  "$deny" --manifest-path "$manifest" --locked --all-features --offline --log-level error check advisories
  echo "advisories: $manifest was checked"
done
