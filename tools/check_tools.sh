#!/bin/sh
# Says in one line which tool is missing or too old, and what to install. Arguments: the python and mvn commands.
set -eu

fail() {
    echo "tfreg: $1" >&2
    exit 1
}

version_at_least() { # major, wanted
    [ "${1:-0}" -ge "$2" ] 2>/dev/null
}

command -v "$1" >/dev/null 2>&1 || fail "$1 is missing: install Python 3.11 or newer (Debian: apt install python3 python3-venv), or name yours: make PYTHON=python3.12"
"$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || fail "$1 is $("$1" --version 2>&1): install Python 3.11 or newer and name it: make PYTHON=python3.12"
"$1" -c 'import ensurepip, venv' 2>/dev/null || fail "$1 cannot make virtual environments: install its venv module (Debian: apt install python3-venv)"
command -v javac >/dev/null 2>&1 || fail "javac is missing: install a JDK 17 or newer (Debian: apt install openjdk-17-jdk-headless)"
java_major=$(javac -version 2>&1 | sed -n 's/^javac \([0-9]*\).*/\1/p')
version_at_least "$java_major" 17 || fail "javac is version ${java_major:-unknown}: install a JDK 17 or newer (Debian: apt install openjdk-17-jdk-headless)"
command -v "$2" >/dev/null 2>&1 || fail "$2 is missing: install Maven 3.8 or newer (Debian: apt install maven)"
maven_version=$("$2" -version 2>/dev/null | sed -n 's/.*Apache Maven \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
maven_major=${maven_version%%.*}
maven_minor=${maven_version##*.}
[ "${maven_major:-0}" -gt 3 ] || { [ "${maven_major:-0}" -eq 3 ] && [ "${maven_minor:-0}" -ge 8 ]; } ||
    fail "$2 is version ${maven_version:-unknown}: install Maven 3.8 or newer (Debian: apt install maven)"
