# Completion of `lspec` and `git lspec` for fish. In config.fish: git lspec completion fish | source

function __lspec_fill
    set -l words (commandline -opc)
    set -l typed (commandline -ct)
    set -l call $words[1]
    if test "$call" = git
        set -l at (contains -i -- lspec $words); or return
        set call git lspec
        set words $words[$at..-1]
    end
    for line in (env _LSPEC_COMPLETE=1 $call $words[2..-1] "$typed" 2>/dev/null)
        set -l parts (string split \t -- $line)
        switch $parts[1]
            case plain
                printf '%s\t%s\n' $parts[2] "$parts[3]"
            case file
                __fish_complete_path "$typed"
            case dir
                __fish_complete_directories "$typed"
        end
    end
end

complete -c lspec -f -a '(__lspec_fill)'
complete -c git -n '__fish_seen_subcommand_from lspec' -f -a '(__lspec_fill)'
complete -c git -n 'test (count (commandline -opc)) -eq 1' -f -a lspec -d 'Keep specs and a tracker in step'
