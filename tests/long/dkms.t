#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# dkms builds tabula.ko from dkms.conf against stock arm64 headers, and the module it makes loads and runs a guest.
set -u
cd "$(dirname "$0")/../.." || exit
build=${TABULA_BUILD:-$PWD/build}
command -v dkms >/dev/null || { echo "1..0 # SKIP dkms is not installed"; exit 0; }
. "$build/lab/env"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
echo 1..2

version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)
mkdir -p "$tmp"/{tree,src/tabula-"$version",install}
git ls-files -z --cached --others --exclude-standard src dkms.conf COPYING | xargs -0 cp --parents -t "$tmp/src/tabula-$version"
if ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu- dkms build -m tabula -v "$version" -k "$krel" -a aarch64 \
	--kernelsourcedir "$(readlink -f "$headers")" --dkmstree "$tmp/tree" --sourcetree "$tmp/src" \
	--installtree "$tmp/install" >"$tmp/log" 2>&1; then
	echo "ok 1 - dkms builds the module"
else
	tail -n 20 "$tmp/log" "$tmp"/tree/tabula/"$version"/build/make.log 2>/dev/null | sed 's/^/# /'
	echo "not ok 1 - dkms builds the module"
fi
ko=$(find "$tmp/tree" -name 'tabula.ko*' | head -n 1)
case $ko in *.xz) xz -d "$ko" && ko=${ko%.xz} ;; esac
if [ -n "$ko" ] && lab/boot --module "$ko" --loglevel 1 --timeout 60 --add lab/guest -- '/lab/guest' >"$tmp/log" 2>&1 &&
	grep -q 'up on 2 vCPUs' "$tmp/log"; then
	echo "ok 2 - a guest boots under the module that dkms built"
else
	tail -n 20 "$tmp/log" | sed 's/^/# /'
	echo "not ok 2 - a guest boots under the module that dkms built"
fi
