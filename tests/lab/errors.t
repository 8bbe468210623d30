#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What a machine lacks is said in one clear line: no root, a full disk, little memory, an archive that does not answer.
top=$(cd "$(dirname "$0")/../.." && pwd)
export TABULA_CACHE=${TABULA_CACHE:-$top/.cache}
n=0

if [ "${LAB_KERNEL:-stock}" != stock ]; then
	echo "1..0 # SKIP of the tools, not of the server's kernel"
	exit 0
fi
if [ "$(id -u)" != 0 ]; then
	echo "1..0 # SKIP needs root, to become somebody else and to mount small disks"
	exit 0
fi
tmp=$(mktemp -d)
chmod 755 "$tmp"
leave() {
	umount "$tmp/small" 2>/dev/null
	rm -rf "$tmp"
}
trap leave EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# says PROPERTY PATTERN SECONDS CMD…: CMD fails within that time; besides progress it says one line, which has PATTERN
says() {
	local property=$1 pattern=$2 limit=$3 out status begun=$SECONDS
	shift 3
	n=$((n + 1))
	out=$(timeout 100 "$@" 2>&1 </dev/null)
	status=$?
	out=$(grep -v ' …\( [0-9]* s\)\?$' <<<"$out")
	if [ $status != 0 ] && [ $((SECONDS - begun)) -le "$limit" ] && [ "$(wc -l <<<"$out")" = 1 ] && grep -q "$pattern" <<<"$out"; then
		echo "# $out"
		echo "ok $n - $property"
	else
		sed 's/^/# /' <<<"$out"
		echo "not ok $n - $property (status $status, $((SECONDS - begun)) s)"
	fi
}

# skip COUNT WHY
skip() {
	for _ in $(seq "$1"); do
		n=$((n + 1))
		echo "ok $n - # SKIP $2"
	done
}

# works PROPERTY CMD…
works() {
	local property=$1 out
	shift
	n=$((n + 1))
	if out=$("$@" 2>&1 </dev/null); then
		echo "ok $n - $property"
	else
		sed 's/^/# /' <<<"$out"
		echo "not ok $n - $property"
	fi
}

# Somebody who has a copy of the scripts, in a machine where one tool is missing.
mkdir "$tmp/tree" "$tmp/bin" "$tmp/others" "$tmp/small" "$tmp/apt"
cp -r "$top/lab" "$tmp/tree/"
chmod -R a+rX "$tmp/tree"
ln -s /usr/bin/* "$tmp/bin/"
rm -f "$tmp/bin/aarch64-linux-gnu-gcc"
mkdir "$tmp/tree/tools" "$tmp/tree/tests" "$tmp/bare"
cp "$top/tools/tabula" "$tmp/tree/tools/"
cp "$top/tests/run" "$tmp/tree/tests/"
cp -P "$tmp/bin/"* "$tmp/bare/"
rm -f "$tmp/bare/gcc"
nobody() { setpriv --reuid nobody --regid nogroup --clear-groups env "$@"; }
# An apt that would have to remove gcc-multilib, and that says what it does besides.
cat >"$tmp/apt/apt-get" <<'EOF'
#!/bin/sh
case "$*" in
indextargets*) exec /usr/bin/apt-get "$@" ;;
-s*install*) echo "Remv gcc-multilib [4:12.2.0-3]" ;;
*update) ;;
*) echo "apt-get $*" >&2; exit 1 ;;
esac
EOF
chmod +x "$tmp/apt/apt-get"
# A machine with so many MiB, of which the second number is available.
memory() {
	sed "s/^MemTotal:.*/MemTotal: $(($1 * 1024)) kB/; s/^MemAvailable:.*/MemAvailable: $(($2 * 1024)) kB/" /proc/meminfo >"$tmp/meminfo"
	shift 2
	unshare -m sh -c 'mount --bind "$0" /proc/meminfo && exec "$@"' "$tmp/meminfo" "$@"
}
silent() { env -u no_proxy http_proxy=http://127.0.0.1:9 https_proxy=http://127.0.0.1:9 "$@"; }
export -f nobody memory silent
export tmp top

echo 1..13
says 'no root, and a package is missing: which' 'fetch: error: .*needs root; missing: gcc-aarch64-linux-gnu' 10 \
	bash -c 'PATH=$tmp/bin nobody TABULA_BUILD=$tmp/none "$tmp/tree/lab/fetch"'
says 'the checker, without a compiler: which package it needs' 'fetch: error: .*needs root; missing: .*gcc' 10 \
	bash -c 'PATH=$tmp/bare nobody TABULA_BUILD=$tmp/none "$tmp/tree/tools/tabula" check list'
says 'so do the tests' 'fetch: error: .*needs root; missing: .*gcc' 10 \
	bash -c 'PATH=$tmp/bare nobody TABULA_BUILD=$tmp/none "$tmp/tree/tests/run" --unit'
says 'what apt would remove for it stays, and is named' 'would remove gcc-multilib to install gcc-aarch64-linux-gnu: they exclude' 10 \
	bash -c 'PATH=$tmp/apt:$tmp/bin "$tmp/tree/lab/fetch"'
says 'no root, and a build folder of somebody else: which' "run: FAILED: $tmp/others/log: Permission denied" 10 \
	bash -c 'nobody TABULA_BUILD=$tmp/others "$tmp/tree/lab/run"'
says 'no root, and a cache of somebody else: which' "fetch: error: cannot write in $tmp/others/[a-z]*: run this as who owns it" 10 \
	bash -c 'nobody TABULA_CACHE=$tmp/others TABULA_BUILD=$tmp/others "$tmp/tree/lab/fetch"'

if mount -t tmpfs -o size=20m small "$tmp/small"; then
	says 'a full disk, before anything is downloaded' 'fetch: error: disk full: 700 MiB are needed in .*, 20 are free' 10 \
		bash -c 'TABULA_CACHE=$tmp/small "$top/lab/fetch"'
	says 'a full disk, where things are built' 'assemble: error: disk full: 700 MiB are needed in .*, [12][0-9] are free' 10 \
		bash -c 'TABULA_BUILD=$tmp/small "$top/lab/run" --alone'
	says 'a full disk, where temporary files go' 'boot: error: cannot write .*No space left on device; make room or set TMPDIR' 10 \
		bash -c 'head -c 19M /dev/zero >$tmp/small/fill; TMPDIR=$tmp/small "$top/lab/boot" --kvm -- true'
else
	skip 3 'no tmpfs can be mounted here'
fi

if unshare -m true 2>/dev/null; then
	says 'little memory: how much is there, and how much is needed' 'run: FAILED: too little memory: 1200 MiB are available and 1500 are needed' 10 \
		bash -c 'memory 2048 1200 "$top/lab/run"'
	says 'little memory for a server of that size' 'boot: error: too little memory: 1200 MiB are available, a server with 2048 MiB needs' 10 \
		bash -c 'memory 2048 1200 "$top/lab/boot" --kvm -- true'
	works 'a machine with 4 GiB has enough for a server' bash -c 'memory 4096 3300 "$top/lab/boot" --kvm --timeout 60 -- true'
else
	skip 3 'no mounts of its own, as in a chroot'
fi

says 'an archive that does not answer' 'fetch: error: the Debian archive .* does not answer: check network, proxy, /etc/apt; log: ' 30 \
	bash -c 'silent TABULA_CACHE=$tmp/empty TABULA_BUILD=$tmp/new "$top/lab/fetch"'
