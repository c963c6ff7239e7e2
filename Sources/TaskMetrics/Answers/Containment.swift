// Whether an answer contains an accepted one (OCRBench): tolerates explanations, but also rewards guesses.

/// The containment score of OCRBench.
package enum Containment {
    /// Whether the answer contains an accepted answer. Ignores case, treats line breaks as spaces and removes white
    /// space at the ends. An empty accepted answer matches only an empty answer.
    package static func isRight(_ answer: String, accepted: [String]) -> Bool {
        let text = plain(answer)
        return accepted.contains { accepted in
            let reference = plain(accepted)
            return reference.isEmpty ? text.isEmpty : contains(text, reference)
        }
    }

    private static func plain(_ text: String) -> [UInt8] {
        let form = TextForm(ignoresCase: true, foldsSpace: true)
        return Array(form(text).utf8)
    }

    private static func contains(_ text: [UInt8], _ part: [UInt8]) -> Bool {
        guard text.count >= part.count, let first = part.first else { return false }
        return (0...(text.count - part.count)).contains { start in
            text[start] == first && text[start..<(start + part.count)].elementsEqual(part)
        }
    }
}
