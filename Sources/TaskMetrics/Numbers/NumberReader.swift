// Parses the number in an answer: `7`, `7.0`, `1,234`, `seven`, or a sentence with a single number.

/// Why no number could be read.
package enum NumberProblem: String, Hashable, Sendable {
    case none = "no number", several = "several numbers", tooLarge = "a number beyond 1e100"
    case otherForm = "a number in a form that is not read, such as thirty or ½"
}

/// Finds the single number in a text.
package enum NumberReader {
    /// The largest magnitude that is read as a number. Squares of errors stay finite below it.
    package static let maxMagnitude = 1e100

    /// The number in a text, or the reason why there is none. Accepts digits before and after a point, groups of three
    /// digits after commas, a sign or the word `minus`, and an exponent; a unit may be attached (`5mm`, `12%`, `$7`). The
    /// words zero to twenty count as numbers. A text with several numbers is ambiguous and has none, nor has one with a
    /// part of a number in another form: `thirty-one` is not 1, and neither `2 million` nor `2M` is 2.
    package static func read(_ text: String) -> Result<Double, NumberReadingError> {
        var found: [Double] = []
        var isMalformed = false
        // `half` alone is often no part of the number: `3 cars, half hidden`.
        if text.lowercased().contains("and a half") { return .failure(NumberReadingError(problem: .otherForm)) }
        for token in tokens(text) {
            switch token {
            case .number(let value): found.append(value)
            case .malformed: isMalformed = true
            case .otherForm: return .failure(NumberReadingError(problem: .otherForm))
            }
            if found.count > 1 { return .failure(NumberReadingError(problem: .several)) }
        }
        guard let value = found.first, !isMalformed else {
            return .failure(NumberReadingError(problem: found.isEmpty && !isMalformed ? .none : .several))
        }
        guard abs(value) <= maxMagnitude else { return .failure(NumberReadingError(problem: .tooLarge)) }
        return .success(value)
    }

    private enum Token {
        case number(Double)
        /// Digits that do not form a single number, such as `1.2.3`, `1,23` and `0x10`.
        case malformed
        /// A number word above twenty, a multiple such as `million` or `k`, or a fraction such as `½`.
        case otherForm
    }

    private static func tokens(_ text: String) -> [Token] {
        let all = Array(text.unicodeScalars)
        var tokens: [Token] = []
        var at = 0
        // The end of a preceding `minus`.
        var endOfMinus: Int?
        while at < all.count, tokens.count < 3 {
            if isFraction(all[at]) { tokens.append(.otherForm) }
            guard isWord(all[at]) || (all[at] == "." && at + 1 < all.count && isDigit(all[at + 1])) else {
                at += 1
                continue
            }
            let start = at
            // Commas and points belong to a token if they are between digits; a point also begins `.5`.
            while at < all.count {
                let isInside =
                    ",.'".unicodeScalars.contains(all[at]) && at + 1 < all.count && isDigit(all[at + 1])
                    && (at == start || isDigit(all[at - 1]))
                let isExponentSign =
                    (all[at] == "-" || all[at] == "+") && at > start + 1 && at + 1 < all.count
                    && (all[at - 1] == "e" || all[at - 1] == "E") && isDigit(all[at - 2]) && isDigit(all[at + 1])
                guard isWord(all[at]) || isInside || isExponentSign else { break }
                at += 1
            }
            let word = Array(all[start..<at])
            // A dash is a sign unless it directly follows another character, as in `3-5` and `COVID-19`.
            let isSigned =
                start > 0 && dashes.contains(all[start - 1])
                && (start < 2 || !(isWord(all[start - 2]) || all[start - 2] == "."))
            let followsMinus = endOfMinus.map { all[$0..<start].allSatisfy(TextForm.isSpace) } ?? false
            let isNegative = isSigned || followsMinus
            endOfMinus = ["minus", "negative"].contains(String(String.UnicodeScalarView(word)).lowercased()) ? at : nil
            if let token = token(word, isNegative: isNegative) { tokens.append(token) }
        }
        return tokens
    }

    private static func token(_ word: [Unicode.Scalar], isNegative: Bool) -> Token? {
        guard word.contains(where: isDigit) else {
            guard word.count < 12 else { return nil }
            let name = String(String.UnicodeScalarView(word)).lowercased()
            if otherNames.contains(name) { return .otherForm }
            return names[name].map { .number(isNegative ? -$0 : $0) }
        }
        // A leading letter makes it a name: `B52`, `m2`.
        guard isDigit(word[0]) || word[0] == "." else { return nil }
        let end = word.firstIndex { !(isDigit($0) || ",._'".unicodeScalars.contains($0)) } ?? word.count
        var number = word[..<end]
        var rest = word[end...]
        // The exponent.
        if let mark = rest.first, mark == "e" || mark == "E" {
            let digits = rest.dropFirst().drop { $0 == "-" || $0 == "+" }
            if !digits.isEmpty, digits.allSatisfy(isDigit) {
                number += rest
                rest = rest[rest.endIndex...]
            }
        }
        if multiples.contains(String(String.UnicodeScalarView(rest))) { return .otherForm }
        guard !rest.contains(where: isDigit), let value = value(String(String.UnicodeScalarView(number))), value.isFinite
        else { return .malformed }
        return .number(isNegative ? -value : value)
    }

    private static func value(_ text: String) -> Double? {
        guard text.contains(",") || text.contains("'") else { return pythonFloat(text) }
        let mark: Character = text.contains(",") ? "," : "'"
        // Thousands: one to three digits, then groups of three.
        let whole = text.prefix { $0 != "." && $0 != "e" && $0 != "E" }
        let groups = whole.split(separator: mark, omittingEmptySubsequences: false)
        guard (1...3).contains(groups[0].count), groups.dropFirst().allSatisfy({ $0.count == 3 }),
            groups.allSatisfy({ $0.allSatisfy { $0.isASCII && $0.isNumber } })
        else { return nil }
        return pythonFloat(groups.joined() + text.dropFirst(whole.count))
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.generalCategory == .decimalNumber }

    private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "_" || isDigit(scalar) || scalar.properties.isAlphabetic
    }

    /// Whether a character is a fraction, such as `½`; digits in other positions, as in `mm²`, are none.
    private static func isFraction(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.generalCategory == .otherNumber && scalar.properties.numericType == .numeric
            && scalar.properties.numericValue.map { $0 != $0.rounded() } ?? false
    }

    /// Hyphens, dashes and the minus sign: models write any of them as a sign.
    private static let dashes = Set("-\u{2010}\u{2011}\u{2012}\u{2013}\u{2212}\u{FE63}\u{FF0D}".unicodeScalars)

    private static let otherNames = Set(
        TextForm.words(
            """
            thirty forty fifty sixty seventy eighty ninety hundred thousand million billion trillion dozen hundreds
            thousands millions billions trillions dozens
            """))

    /// Multiples attached to digits. `K`, `m` and `B` are also units.
    private static let multiples: Set<String> = ["k", "M", "mn", "mln", "mio", "Mio", "bn", "tn"]

    private static let names: [String: Double] = {
        let words = """
            zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
            eighteen nineteen twenty
            """
        return Dictionary(uniqueKeysWithValues: TextForm.words(words).enumerated().map { ($1, Double($0)) })
    }()
}

/// A text without a single number, with the reason.
package struct NumberReadingError: Error, Hashable, Sendable { package var problem: NumberProblem }
