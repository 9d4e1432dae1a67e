# Completion of `lspec` and `git lspec` for bash. In ~/.bashrc: eval "$(git lspec completion bash)"

_lspec_fill() { # how to call the command, then its words, the last one as far as it is typed
    local kind word help
    COMPREPLY=()
    while IFS=$'\t' read -r kind word help; do
        case $kind in
            plain) printf -v word %q "$word" && COMPREPLY+=("$word") ;;
            file) compopt -o default -o filenames 2>/dev/null ;;
            dir) compopt -o dirnames -o filenames 2>/dev/null ;;
        esac
    done < <(_LSPEC_COMPLETE=1 "$@" 2>/dev/null)
}

_lspec() {
    _lspec_fill "${COMP_WORDS[0]}" "${COMP_WORDS[@]:1:COMP_CWORD}"
}

_git_lspec() { # git's own completion calls this, and keeps the words in `words` and `cword`
    local at
    for ((at = 1; at < cword; at++)); do
        [[ ${words[at]} == lspec ]] && break
    done
    _lspec_fill git lspec "${words[@]:at+1:cword-at}"
}

complete -F _lspec lspec git-lspec
