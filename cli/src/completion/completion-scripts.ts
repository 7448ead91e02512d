/**
 * Every script hands the words of the line to `andon complete`, the last one as far as it is typed, and takes back what may stand in its
 * place; the line `:files` asks the shell for names of files. What follows an `=` goes without a space. PowerShell's is untested.
 */
export const COMPLETION_SCRIPTS: Readonly<Record<string, string>> = {
  // Readline breaks words at = and :, which are parts of ours: they are put together as the line has them, and of what is found
  // only the part behind the last break is handed on.
  bash: `_andon() {
  local line words=() word current breaks prefix= i
  line=\${COMP_LINE:-$(IFS=' '; printf '%s' "\${COMP_WORDS[*]}")}
  line=\${line:0:\${COMP_POINT:-\${#line}}}
  for ((i = 0; i <= COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ $i -eq 0 || $line == [[:space:]]* ]]; then words+=(''); fi
    line=\${line#"\${line%%[![:space:]]*}"}
    if ((i == COMP_CWORD)); then word=$line; fi
    words[\${#words[@]}-1]+=$word
    line=\${line#"$word"}
  done
  current=\${words[\${#words[@]}-1]}
  breaks=\${COMP_WORDBREAKS//[^=:]/}
  if [[ -n $breaks ]]; then prefix=\${current%"\${current##*[$breaks]}"}; fi
  local IFS=$'\\n'
  COMPREPLY=($("\${1:-andon}" complete -- "\${words[@]:1}" 2>/dev/null))
  if [[ \${COMPREPLY[0]} == :files ]]; then
    compopt -o filenames 2>/dev/null
    COMPREPLY=($(compgen -f -- "\${current##*=}"))
    return
  fi
  COMPREPLY=("\${COMPREPLY[@]#"$prefix"}")
  if [[ \${COMPREPLY[0]} == *= ]]; then compopt -o nospace 2>/dev/null; fi
}
complete -F _andon andon
`,
  zsh: `#compdef andon
_andon() {
  local -a found
  found=("\${(@f)$(andon complete -- "\${(@)words[2,CURRENT-1]}" "$PREFIX" 2>/dev/null)}")
  found=("\${(@)found:#}")
  if [[ "$found[1]" == :files ]]; then
    compset -P '*='
    _files
  elif [[ "$found[1]" == *= ]]; then
    compadd -S '' -a found
  else
    compadd -a found
  fi
}
if [[ "$funcstack[1]" == _andon ]]; then _andon; elif (( $+functions[compdef] )); then compdef _andon andon; fi
`,
  fish: `function __andon_complete
  set -l words (commandline -opc)
  set -e words[1]
  set -l current (commandline -ct)
  set -l found (andon complete -- $words "$current" 2>/dev/null)
  if test "$found[1]" = :files
    __fish_complete_path (string replace -r '.*=' '' -- "$current")
  else
    printf '%s\\n' $found
  end
end
complete -c andon -f -a '(__andon_complete)'
`,
  powershell: `Register-ArgumentCompleter -Native -CommandName andon -ScriptBlock {
  param($word, $line, $position)
  $words = @($line.CommandElements | Select-Object -Skip 1 | ForEach-Object { $_.ToString() })
  if ($word -eq '') { $words += '' }
  andon complete -- @words 2>$null | Where-Object { $_ -ne ':files' } | ForEach-Object { [System.Management.Automation.CompletionResult]::new($_) }
}
`,
};
