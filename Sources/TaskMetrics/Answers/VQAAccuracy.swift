// VQA accuracy (Antol et al. 2015): the agreement of an answer with several people's answers.

import Basics

/// The official VQA score and its text normalization.
package enum VQAAccuracy {
    /// The accuracy of one answer: the mean over people of min(1, equal answers among the *others* / 3). Defined for
    /// ten answers; with fewer than four, even unanimous answers score below 1. `nil` without answers.
    package static func score(_ answer: String, people: [String]) -> Double? {
        guard !people.isEmpty else { return nil }
        var given = people.map { ExactText(trimmed($0)) }
        var answer = ExactText(trimmed(answer))
        // The official code normalizes only if the people disagree.
        if Set(given).count > 1 {
            given = given.map { ExactText(normalised($0.text)) }
            answer = ExactText(normalised(answer.text))
        }
        let matches = given.count { $0 == answer }
        let sum = given.reduce(0.0) { sum, person in
            sum + min(1, Double(matches - (person == answer ? 1 : 0)) / 3)
        }
        return sum / Double(given.count)
    }

    /// The official normalization: punctuation, number words up to ten, articles, missing apostrophes.
    package static func normalised(_ text: String) -> String {
        words(punctuation(trimmed(text)))
    }

    private static func trimmed(_ text: String) -> String {
        var scalars = String.UnicodeScalarView()
        scalars.append(contentsOf: text.unicodeScalars.lazy.map { $0 == "\n" || $0 == "\t" ? " " : $0 })
        guard let first = scalars.firstIndex(where: { !TextForm.isSpace($0) }),
            let last = scalars.lastIndex(where: { !TextForm.isSpace($0) })
        else { return "" }
        return String(scalars[first...last])
    }

    /// Removes a mark that has a space next to one of its kind, or if the text has a comma between two digits;
    /// otherwise replaces it by a space. Removes at most 32 full stops, none before a digit: the official code passes
    /// a flag where a count is expected.
    private static func punctuation(_ text: String) -> String {
        let all = Array(text.unicodeScalars)
        func isDigit(_ at: Int) -> Bool {
            all.indices.contains(at) && all[at].properties.generalCategory == .decimalNumber
        }
        let hasNumberComma = all.indices.contains { all[$0] == "," && isDigit($0 - 1) && isDigit($0 + 1) }
        var removed: Set<Unicode.Scalar> = []
        for (at, scalar) in all.enumerated() where marks.contains(scalar) {
            let besideBlank = (at > 0 && all[at - 1] == " ") || (at + 1 < all.count && all[at + 1] == " ")
            if hasNumberComma || besideBlank { removed.insert(scalar) }
        }
        var kept: [Unicode.Scalar] = []
        for scalar in all {
            if !marks.contains(scalar) { kept.append(scalar) } else if !removed.contains(scalar) { kept.append(" ") }
        }
        var out = String.UnicodeScalarView()
        var stops = 0
        for (at, scalar) in kept.enumerated() {
            let beforeDigit = at + 1 < kept.count && kept[at + 1].properties.generalCategory == .decimalNumber
            if scalar == ".", !beforeDigit, stops < 32 { stops += 1 } else { out.append(scalar) }
        }
        return String(out)
    }

    private static func words(_ text: String) -> String {
        TextForm.words(text.lowercased()).compactMap { word in
            let word = numbers[word] ?? word
            return articles.contains(word) ? nil : contractions[word] ?? word
        }.joined(separator: " ")
    }

    private static let marks = Set(#";/[]"{}()=+\_-><@`,?!"#.unicodeScalars)
    private static let articles: Set<String> = ["a", "an", "the"]
    private static let numbers: [String: String] = {
        let words = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
        return Dictionary(uniqueKeysWithValues: zip(words, (0...10).map(String.init)) + [("none", "0")])
    }()

    /// Contractions by their spelling without the apostrophe. Capitalized ones (`Im`) never match lower-case words.
    private static let contractions: [String: String] = {
        let complete = """
            ain't aren't can't could've couldn't couldn't've didn't doesn't don't hadn't hadn't've hasn't haven't he'd he'd've
            he's how'd how'll how's isn't it'd it'd've it'll ma'am mightn't mightn't've might've mustn't must've needn't
            not've o'clock oughtn't 'ow's'at shan't she'd've should've shouldn't shouldn't've somebody'd've somebody'll
            somebody's someone'd someone'd've someone'll someone's something'd something'd've something'll that's there'd
            there'd've there're there's they'd they'd've they'll they're they've 'twas wasn't we'd've we've weren't what'll
            what're what's what've when's where'd where's where've who'd who'd've who'll who's who've why'll why're why's
            won't would've wouldn't wouldn't've y'all y'all'll y'all'd've you'd you'd've you'll you're you've
            """
        var all = ["somebody'd": "somebodyd"]
        for word in TextForm.words(complete) {
            for at in word.indices where word[at] == "'" {
                var short = word
                short.remove(at: at)
                all[short] = word
            }
        }
        return all
    }()
}
