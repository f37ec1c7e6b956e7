# Completion of stoxd(8) for bash. Commands and their choices are asked of the
# program itself.
_stoxd()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
	local i at=0 words

	COMPREPLY=()
	case $prev in
	-c|--config|-s|--socket)
		COMPREPLY=($(compgen -f -- "$cur"))
		return
		;;
	--explain)
		return
		;;
	esac
	for ((i = 1; i < COMP_CWORD; i++)); do
		[[ ${COMP_WORDS[i]} == ctl ]] && at=$i
	done
	if ((at == 0)); then
		words="-c --config -v --verbose -s --socket --check --explain
			--options --metrics --commands --version --help ctl"
	elif ((COMP_CWORD == at + 1)); then
		words=$("${COMP_WORDS[0]}" --commands 2>/dev/null |
			sed 's/ .*//')
	else
		words=$("${COMP_WORDS[0]}" --commands 2>/dev/null |
			awk -v c="${COMP_WORDS[at+1]}" -v n=$((COMP_CWORD - at)) \
				'$1 == c && $n ~ /\|/ {
					gsub(/[][]/, "", $n)
					gsub(/\|/, " ", $n)
					print $n
				}')
	fi
	COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -F _stoxd stoxd
