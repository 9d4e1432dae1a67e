#compdef lspec git-lspec
# Completion of `lspec` and `git lspec` for zsh. In ~/.zshrc, after compinit: eval "$(git lspec completion zsh)"

_lspec_fill() { # how to call the command, then its words, the last one as far as it is typed
    local line
    local -a parts found
    for line in "${(@f)$(_LSPEC_COMPLETE=1 "$@" 2>/dev/null)}"; do
        parts=("${(@ps:\t:)line}")
        case $parts[1] in
            plain) found+=("${parts[2]//:/\\:}:$parts[3]") ;;
            file) _files ;;
            dir) _files -/ ;;
        esac
    done
    (( $#found )) && _describe -V 'git lspec' found
}

_lspec() {
    _lspec_fill "${(Q)words[1]}" "${(@Q)words[2,CURRENT]}"
}

_git-lspec() { # git's own completion calls this, with `lspec` as the first of the words
    _lspec_fill git lspec "${(@Q)words[2,CURRENT]}"
}

compdef _lspec lspec git-lspec
