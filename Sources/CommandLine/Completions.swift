// Candidates for shell completion: runs, variants, models, steps.

import Application
import ArgumentParser
import Basics
import Foundation

/// Completes names defined by the project. Errors produce no candidates.
enum Completions {
    /// The ids of runs, latest first, and `last`.
    static let runs: @Sendable ([String], Int, String) -> [String] = { words, _, prefix in
        ["last"] + inert(Completion.runs(state: option("--state", in: words))).filter { $0.hasPrefix(prefix) || prefix.isEmpty }
    }

    /// The variants of the spec on the command line, `all`, and `default`.
    static let variants: @Sendable ([String], Int, String) -> [String] = { words, _, _ in
        ["all", "default"] + inert(Completion.variants(of: spec(in: words)))
    }

    /// The models of the spec on the command line.
    static let models: @Sendable ([String], Int, String) -> [String] = { words, _, _ in
        inert(Completion.models(of: spec(in: words)))
    }

    /// The tags of the project's runs.
    static let tags: @Sendable ([String], Int, String) -> [String] = { words, _, _ in
        inert(Completion.tags(state: option("--state", in: words)))
    }

    /// The steps of the run on the command line, by default of the last run; runs after `explain --diff`.
    static let steps: @Sendable ([String], Int, String) -> [String] = { words, index, prefix in
        if words.contains("--diff") { return runs(words, index, prefix) }
        let names = inert(Completion.steps(words: words, state: option("--state", in: words)))
        // zsh takes the text after a colon as a description.
        return CompletionShell.requesting == .zsh ? names.map { $0.replacing(":", with: "\\:") } : names
    }

    /// A generated script, with what the generator leaves out: bash ends a word at a colon, and names of steps have colons;
    /// specs are completed as files only, although commands also accept bundled experiments and, for `explain`, steps and
    /// runs.
    static func script(_ text: String, for arguments: [String]) -> String {
        guard text.hasPrefix("#!/bin/bash"), arguments.contains(where: { $0.hasPrefix("--generate-completion-script") }) else {
            return text
        }
        return text + """

            # Names of steps contain colons, at which bash would end a word.
            if [[ -n "${COMP_WORDBREAKS-}" ]]; then COMP_WORDBREAKS="${COMP_WORDBREAKS//:/}"; fi

            # Adds the names that commands accept in place of a spec's file.
            __assay_with_names() {
                _assay "$@"
                local cur="${COMP_WORDS[COMP_CWORD]}" names=""
                [[ "${cur}" == -* || "${cur}" == "=" ]] && return
                case "${COMP_WORDS[COMP_CWORD - 1]}" in
                --diff) ;;
                -* | =) return ;;
                esac
                case "${COMP_WORDS[1]}" in
                run | plan | validate | dataset | explain) names="\(inert(BundledExperiments.names).joined(separator: " "))" ;;
                esac
                if [[ "${COMP_WORDS[1]}" == explain ]]; then
                    [[ " ${COMP_WORDS[*]} " == *" --diff "* ]] && names="" && COMPREPLY=()
                    names+=" $("${COMP_WORDS[0]}" ---completion explain -- positional@1 "${COMP_CWORD}" 0 "${COMP_WORDS[@]}" 2>/dev/null)"
                fi
                local name
                while IFS='' read -r name; do
                    [[ " ${COMPREPLY[*]} " == *" ${name} "* ]] || COMPREPLY+=("${name}")
                done < <(compgen -W "${names}" -- "${cur}")
            }
            complete -o filenames -F __assay_with_names assay
            """
    }

    /// The names that a shell reads as they are. The names of an untrusted project may be anything, and bash executes
    /// `$(…)` in candidates.
    private static func inert(_ names: [String]) -> [String] {
        names.filter { name in
            name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "-_.:@#+=,/%".utf8.contains(byte)
                }
            }
        }
    }

    private static func option(_ name: String, in words: [String]) -> String? {
        if let joined = words.last(where: { $0.hasPrefix(name + "=") }) { return String(joined.dropFirst(name.count + 1)) }
        guard let at = words.lastIndex(of: name), words.indices.contains(at + 1) else { return nil }
        return words[at + 1]
    }

    /// The spec among the words, as the shell passes them: with the characters that quote a space.
    private static func spec(in words: [String]) -> String? {
        words.lazy.map(unquoted).first { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") }
            ?? words.dropFirst(2).lazy.compactMap { BundledExperiments.spec(named: $0) }.first
    }

    /// A word without its backslashes and quotation marks.
    private static func unquoted(_ word: String) -> String {
        var text = ""
        var quote: Character?
        var isEscaped = false
        for character in word {
            if isEscaped {
                text.append(character)
                isEscaped = false
            } else if character == "\\", quote != "'" {
                isEscaped = true
            } else if character == quote {
                quote = nil
            } else if quote == nil, character == "'" || character == "\"" {
                quote = character
            } else {
                text.append(character)
            }
        }
        return text
    }
}
