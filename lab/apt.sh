# SPDX-License-Identifier: GPL-2.0
# An apt of our own for the server's architecture, from the archives that this machine's apt is set up for. Sourced after
# common.sh and release_debs().
# shellcheck shell=bash disable=SC2154 # common.sh sets them

netopt=(-oAcquire::Retries=1 -oAcquire::http::Timeout=15 -oAcquire::https::Timeout=15 -oAPT::Update::Error-Mode=any)

# The machine's own Debian archives, as "address|suite|codename|component", whatever format they are written in.
archives() {
	apt-get indextargets --format '$(CREATED_BY)|$(ORIGIN)|$(REPO_URI)|$(RELEASE)|$(CODENAME)|$(COMPONENT)' 2>/dev/null |
		sed -n 's/^Packages|Debian[^|]*|//p'
}

# A third party's archive that fails is not our concern: what counts is whether Debian's lists are there then.
update_lists() {
	local rc=0
	timeout 180 apt-get "${netopt[@]}" update || rc=$?
	[ $rc = 0 ] || [ -n "$(archives)" ] || return $rc
}

# read_lists: this machine's own, which say where the archives are
read_lists() {
	if [ "$(id -u)" != 0 ]; then need_root "the archive's package lists"; fi
	step "reading the package lists" update_lists
	[ -n "$(archives)" ] || die "no Debian archive in this machine's apt configuration (/etc/apt)"
}

get() { apt-get "${private[@]}" "$@"; }

update() {
	get update && return
	# A mirror need not carry backports.
	sed -i '/-backports main$/d' "$apt/sources.list"
	get update
}

# An archive that answers at all does so within seconds; apt would wait for each of its files, for minutes.
answers() {
	timeout 40 /usr/lib/apt/apt-helper "${netopt[@]}" -oAcquire::Retries=0 -oAcquire::http::Timeout=10 \
		-oAcquire::https::Timeout=10 download-file "${1%/}/dists/$2/InRelease" "$apt/answer"
}

# private_apt DIR: reads the lists of $debian into it, so that the machine's own apt never hears of another architecture,
# and from there on get() is that apt. Signatures are checked as everywhere.
private_apt() {
	local keyring='' k uri suite host_too=() # kbuild's tools run here
	apt=$1
	mkdir -p "$apt"/{lists/partial,cache/archives/partial,none}
	for k in /usr/share/keyrings/debian-archive-keyring.{gpg,pgp}; do
		[ ! -e "$k" ] || keyring=$k
	done
	[ -n "$keyring" ] || die "no Debian archive keyring here: install debian-archive-keyring"

	archives | awk -F'|' -v rel="$release" -v key="$keyring" '
		$4 != "main" { next }
		$3 == rel || $3 == rel "-updates" || $3 == rel "-security" || $3 == rel "-backports" {
			line = "deb [signed-by=" key "] " $1 " " $3 " main"
			if (!seen[line]++)
				print line
			if ($3 == rel)
				main = $1
			if ($3 == rel "-backports")
				backports = 1
		}
		END { if (main != "" && !backports) print "deb [signed-by=" key "] " main " " rel "-backports main" }
	' >"$apt/sources.list"
	[ -s "$apt/sources.list" ] || die "no archive of Debian $release in this machine's apt configuration (/etc/apt)"

	[ "$debian" = amd64 ] || host_too=(-oAPT::Architectures::=amd64)
	private=("${netopt[@]}" -oAPT::Architecture="$debian" -oAPT::Architectures::="$debian" "${host_too[@]}"
		-oDir::Etc::SourceList="$apt/sources.list" -oDir::Etc::SourceParts="$apt/none"
		-oDir::Etc::Preferences=/dev/null -oDir::Etc::PreferencesParts="$apt/none"
		-oDir::State::Lists="$apt/lists" -oDir::State::status=/dev/null
		-oDir::State::extended_states="$apt/extended_states"
		-oDir::Cache="$apt/cache" -oDir::Cache::archives=archives
		-oAPT::Sandbox::User=root -oDebug::NoLocking=1 -oAcquire::Languages=none
		-oAcquire::IndexTargets::deb::DEP-11::DefaultEnabled=false
		-oAPT::Install-Recommends=false -oAPT::Keep-Downloaded-Packages=true)
	read -r _ _ uri suite _ <"$apt/sources.list"
	step "asking the archive" answers "$uri" "$suite"
	step "reading the $debian package lists" update
}
