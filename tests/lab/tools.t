#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What the lab's tools make and find, in a copy of the checkout.
top=$(cd "$(dirname "$0")/../.." && pwd)
build=${TABULA_BUILD:-$top/build}
n=0

if [ "${LAB_KERNEL:-stock}" != stock ]; then
	echo "1..0 # SKIP of the tools, not of the server's kernel"
	exit 0
fi
mkdir -p "$build"
tmp=$(mktemp -d "$build/.tools.XXXXXX") # on the file system of what is hard-linked
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# check PROPERTY CMD…
check() {
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

# A checkout with a module of one line and one header, and the kernel's headers that were unpacked for the original.
mkdir -p "$tmp/copy/src" "$tmp/copy/build/lint"
cp -r "$top/lab" "$tmp/copy/"
cp -al "$build/linux" "$tmp/copy/build/"
git -C "$tmp/copy" init -q
cd "$tmp/copy" || exit
export -n TABULA_BUILD
export TABULA_CACHE=${TABULA_CACHE:-$top/.cache}
echo 'obj-m := tabula.o' >src/Kbuild
module() { printf '%s\n' '// SPDX-License-Identifier: GPL-2.0' '#include <linux/module.h>' "$@" >src/tabula.c; }

# Nothing that it takes lies in the original, from which it was copied.
own_headers() {
	module 'MODULE_DESCRIPTION("x");' 'MODULE_LICENSE("GPL");'
	lab/module V=1 >log || { tail log; return 1; }
	find -L build/linux -maxdepth 1 -exec realpath {} + | grep -vF "$tmp/copy/" && return 1
	! sed "s|$tmp/copy||g" log build/module/.tabula.o.cmd | grep -F "$build/linux"
}

# lint KIND PATTERN: lab/lint of that kind fails and says so
lint_says() {
	lab/lint "$1" >log 2>&1 && { echo "nothing found"; return 1; }
	cat log
	grep -q "$2" log
}
not_built() {
	module 'int x = ;'
	lint_says sparse 'tabula.c:3:9: error: expected expression' && lint_says sparse 'lint: sparse: does not build'
}
found_by_sparse() {
	module 'MODULE_DESCRIPTION("x");' 'MODULE_LICENSE("GPL");' 'int nobody_declares_this;'
	lint_says sparse 'src/tabula.c:5:5: warning: .*nobody_declares_this.* was not declared' && lint_says sparse '^lint: sparse: 1 finding$'
}
header() { printf '%s\n' '/* SPDX-License-Identifier: GPL-2.0 */' "$@" >src/x.h; }
doc() { printf '%s\n' '/**' " * $1 - does something" ' * @a: a number' ' *' ' * Return: another.' ' */'; }
undocumented() {
	header "$(doc 'with()')" 'int with(int a);' 'int without(int a);' '/* Not kernel-doc. */' 'static inline struct s *inside(int a,' \
		'			      int b)' '{' '	return call(a);' '}'
	lint_says kernel-doc '^src/x.h:9: without() has no kernel-doc$' && lint_says kernel-doc '^src/x.h:11: inside() has no kernel-doc$' &&
		lint_says kernel-doc '^lint: kernel-doc: 2 findings$'
}
documented() {
	header "$(doc 'with()')" 'int with(int a);' "$(doc without)" 'struct s *without(int a) __acquires(&x);' '/* in a comment: int f(int a); */' \
		'typedef int (*callback)(int a);' '#define call(x) f(x)' 'struct ops {' '	int (*f)(int a);' '};' '/* Twice: */' 'int with(int a);'
	lab/lint kernel-doc
}
scripts() {
	printf '%s\n' '#!/bin/sh' 'rm $1' >src/unquoted
	printf '%s\n' '#!/usr/bin/python3' 'import os' >src/unused
	git add src
	lint_says shellcheck 'src/unquoted:2:4: .*SC2086' && lint_says pyflakes "src/unused:2:.*'os' imported but unused"
}

# Locks of src/, by the name of the field or variable; each must be in the page's table or in a list.
locks() {
	grep -rhoE '^[[:space:]]+(struct mutex|(raw_)?spinlock_t|rwlock_t|struct srcu_struct) [a-z_]+;|DEFINE_(RAW_)?(SPINLOCK|MUTEX|RWLOCK|SRCU)\([a-z_]+' \
		"$top/src" | sed 's/.*[ (]//; s/;//' | sort -u | while read -r l; do
		grep -qE "^(\||- ).*[.\`]$l\`" "$top/docs/locking.md" || echo "$l is not in docs/locking.md"
	done >log
	[ "$(grep -c . <"$top/docs/locking.md")" -gt 30 ] && cat log && [ ! -s log ]
}

# Every counter of the two stats.c is in the table of docs/stats.md, and none is there that is not.
counters() {
	sed -n 's/^\tSTATS_\(VM\|VCPU\)(\([a-z0-9_]*\)),.*/\2/p; s/^\tSTATS_MEM("\([a-z0-9_]*\)".*/\1/p; s/^\t{ "\([a-z_]*\)", offsetof.*/\1/p' \
		"$top/src/arm64/abi/stats.c" "$top/src/vm/stats.c" | sort >have
	grep '^| `' "$top/docs/stats.md" | grep -o '`[a-z0-9_]*`' | tr -d '`' | sort >said
	[ "$(wc -l <have)" -gt 40 ] && diff have said
}

# wrong STATUS PATTERN CMD…: CMD says one line besides its usage, and ends so; nothing is run
wrong() {
	local want=$1 pattern=$2 out status=0
	shift 2
	out=$(timeout 60 "$@" 2>&1) || status=$?
	grep -q "$pattern" <<<"$out" && [ $status = "$want" ] && [ "$(grep -cv '^usage\|^  ' <<<"$out")" -le 2 ] || { echo "$*: status $status"; echo "$out"; return 1; }
}
arguments() {
	cd "$top" || return 1
	touch "$tmp/still.t"
	wrong 2 "test: error: there is no test 'nosuch'" tests/run nosuch &&
		wrong 2 "test: error: there is no test 'test_nosuch'" tests/run test_slots test_nosuch &&
		wrong 2 'still.t cannot be run: chmod +x' tests/run "$tmp/still.t" &&
		wrong 2 "bench/run: error: --only: there is no 'foo'" bench/run --only foo &&
		wrong 2 "bench/run: error: --only: there is no 'foo'" make -s --no-print-directory bench ARGS='--only foo' &&
		wrong 2 'tests/checker/run: error: no argument' tests/checker/run --foo && wrong 0 'usage:' tests/checker/run --help &&
		wrong 2 'tests/oracle/run: error: no argument' tests/oracle/run --foo && wrong 0 'usage:' tests/oracle/run --help
}

# Scripts and what they source, in a folder of its own: whose it is and what its name is makes a difference.
scripts_in() {
	mkdir -p "$1" && cp -r "$top/lab" "$top/tests" "$top/tools" "$1"
}
somebody=(setpriv --reuid=65534 --regid=65534 --clear-groups env -u TABULA_CACHE)
# one_line STATUS PATTERN CMD…: and nothing else is said
one_line() {
	local want=$1 pattern=$2 out status=0
	shift 2
	out=$(timeout 60 "$@" 2>&1) || status=$?
	[ $status = "$want" ] && grep -q "$pattern" <<<"$out" && [ "$(grep -c . <<<"$out")" = 1 ] || { echo "$*: status $status"; echo "$out"; return 1; }
}
# What root makes in somebody's checkout he can go on with.
owner() {
	scripts_in "$tmp/his" && chown -R 65534:65534 "$tmp/his" && chmod 755 "$tmp" && cd "$tmp/his" || return 1
	env -u TABULA_CACHE lab/step x "a step" true && mkdir -p build/a/b .cache/c && ln -s nowhere build/a/link && env -u TABULA_CACHE lab/own || return 1
	find . -user 0 | grep . && return 1
	"${somebody[@]}" lab/step x "a step" true
}
read_only() {
	scripts_in "$tmp/mine" && chmod 755 "$tmp" && cd "$tmp/mine" || return 1
	one_line 1 '^tabula: error: cannot write in .*TABULA_BUILD' "${somebody[@]}" tools/tabula check x &&
		one_line 1 '^test: error: cannot write in .*TABULA_BUILD' "${somebody[@]}" tests/run tests/lab/fgt.t &&
		one_line 1 '^x: error: cannot write in .*TABULA_BUILD' "${somebody[@]}" lab/step x "a step" true &&
		one_line 1 '^run: FAILED: .*TABULA_BUILD' "${somebody[@]}" lab/run || return 1
	mkdir -m 777 "$tmp/elsewhere" && "${somebody[@]}" TABULA_BUILD="$tmp/elsewhere" lab/step x "a step" true &&
		[ -e "$tmp/elsewhere/log/x-step.log" ]
}
blank() {
	scripts_in "$tmp/a b" && cd "$tmp/a b" || return 1
	one_line 1 'has a blank or a colon in it' tests/run tests/lab/fgt.t && one_line 1 'has a blank or a colon in it' lab/fetch
}
# Without Python, or a compiler: who is not root hears what to install.
missing() {
	local f
	scripts_in "$tmp/bare" && chmod 755 "$tmp" && mkdir "$tmp/bin" && cd "$tmp/bare" || return 1
	for f in /usr/bin/*; do
		[[ ${f##*/} =~ ^(python3.*|gcc.*|x86_64-linux-gnu-gcc.*)$ ]] || ln -s "$f" "$tmp/bin/"
	done
	one_line 1 'needs root; missing: .*gcc.*python3' "${somebody[@]}" PATH="$tmp/bin" tests/run tests/lab/fgt.t &&
		one_line 1 'needs root; missing: .*gcc.*python3' "${somebody[@]}" PATH="$tmp/bin" tools/tabula check x
}

echo 1..14
check 'a copied checkout builds against its own headers' own_headers
check 'what sparse finds is a finding' found_by_sparse
check 'a module that does not build is told from one in which something was found' not_built
check 'a function in a header without kernel-doc is a finding' undocumented
check 'one with kernel-doc is none, whatever surrounds it' documented
check 'a wrong argument is one line and status 2, and nothing is run' arguments
check 'every lock has its place in docs/locking.md' locks
check 'every counter is in the table of docs/stats.md' counters
check "what root makes in somebody's checkout is his" owner
check 'a folder that cannot be written in is one line; another one for what is built works' read_only
check 'a blank in the path is one line' blank
check 'what is missing on this machine is named' missing
check 'shellcheck and pyflakes look at every script' scripts
check 'the module that measures builds of src/ as it is' env TABULA_BUILD="$build" "$top/bench/module/build"
