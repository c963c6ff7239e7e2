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

    /// The variants of the spec on the command line, and `all`.
    static let variants: @Sendable ([String], Int, String) -> [String] = { words, _, _ in
        ["all"] + inert(Completion.variants(of: spec(in: words)))
    }

    /// The models of the spec on the command line.
    static let models: @Sendable ([String], Int, String) -> [String] = { words, _, _ in
        Completion.models(of: spec(in: words))
    }

    /// The steps of the run on the command line, by default of the last run.
    static let steps: @Sendable ([String], Int, String) -> [String] = { words, _, _ in
        let names = inert(Completion.steps(words: words, state: option("--state", in: words)))
        // zsh takes the text after a colon as a description.
        return CompletionShell.requesting == .zsh ? names.map { $0.replacing(":", with: "\\:") } : names
    }

    /// A generated script, with what the generator leaves out: bash ends a word at a colon, and names of steps have colons.
    static func script(_ text: String, for arguments: [String]) -> String {
        guard text.hasPrefix("#!/bin/bash"), arguments.contains(where: { $0.hasPrefix("--generate-completion-script") }) else {
            return text
        }
        return text + """

            # Names of steps contain colons, at which bash would end a word.
            if [[ -n "${COMP_WORDBREAKS-}" ]]; then COMP_WORDBREAKS="${COMP_WORDBREAKS//:/}"; fi
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

    private static func spec(in words: [String]) -> String? {
        words.first { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") }
    }
}
