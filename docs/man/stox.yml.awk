# `stoxd --options` (Markdown) as stox.yml(5); run by the build.
# usage: stoxd --options | awk -v version=0.1.0 -f stox.yml.awk > stox.yml.5

function plain(s)
{
	gsub(/\\/, "\\e", s)
	gsub(/`/, "", s)
	gsub(/-/, "\\-", s)
	gsub(/\*required\*/, "\\fIrequired\\fR", s)
	return s
}

# A line that begins with a dot or an apostrophe would be a request.
function put(s)
{
	if (s ~ /^[.']/)
		s = "\\&" s
	print s
}

BEGIN {
	printf ".TH STOX.YML 5 2026-11-28 \"Stox %s\" \"File formats\"\n", version
	print ".SH NAME"
	print "stox.yml \\- settings of stoxd"
	print ".SH DESCRIPTION"
	print ".BR stoxd (8)"
	put("reads its settings from one YAML file,")
	print ".IR /etc/stox/stox.yml ,"
	put("or the one that is named by")
	print ".BR \\-c ."
	put("An unknown key, a wrong type or a value out of range is an error,")
	put("told with file and line.")
	print "Try a file with"
	print ".BR \"stoxd \\-\\-check\" ."
	put("Units stand in the names: _ms milliseconds, _s seconds, _bytes,")
	put("_max a count.")
	print ".I x[]"
	put("is one item of the list x.")
	print ".SH SETTINGS"
}

/^### / {
	print ".SS " plain(substr($0, 5))
	next
}

/^\| `/ {
	n = split($0, cell, / \| /)
	sub(/^\| /, "", cell[1])
	sub(/ \|$/, "", cell[n])
	text = cell[4]
	for (i = 5; i <= n; i++)
		text = text " | " cell[i]
	print ".TP"
	print ".BR " plain(cell[1])
	line = plain(cell[2])
	if (cell[3] != "" && cell[3] !~ /^ *$/)
		line = line (cell[3] == "*required*" ? ", \\fIrequired\\fR" : \
			", default: " plain(cell[3]))
	put(line ".")
	print ".br"
	put(plain(text))
	next
}

/^\|/ || /^$/ { next }

{ put(plain($0)) }

END {
	print ".SH FILES"
	print ".TP"
	print ".I /etc/stox/stox.yml"
	print "The settings; for root only, since a secret goes into them."
	print ".TP"
	print ".I /usr/share/doc/stox/examples/stox.yml"
	print "An example with every setting and its default."
	print ".SH SEE ALSO"
	print ".BR stoxd (8)"
}
