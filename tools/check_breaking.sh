#!/bin/sh
# Refuses changes to tfreg.v1 that break clients of the commit that this work is based on (BASE, else the parent commit).
set -eu
base=${BASE:-HEAD~1}
if ! git rev-parse -q --verify "$base:proto/buf.yaml" >/dev/null 2>&1; then
    echo "buf breaking: no earlier protos to compare with"
    exit 0
fi
.venv/bin/buf breaking proto --against ".git#ref=$(git rev-parse "$base"),subdir=proto"
