// The formula of a combined grader: numbers, grader names, arithmetic, powers and a few functions.

import Foundation

/// A formula over rewards, such as `0.7 * exact + 0.3 * max(close, 0.5)`.
package struct RewardFormula: Hashable, Sendable, Codable {
    private indirect enum Expression: Hashable, Sendable {
        case number(Double)
        case name(String)
        case operation(Character, Expression, Expression)
        case call(String, [Expression])
    }

    /// The formula as written; its encoded form.
    package let text: String
    private let expression: Expression

    /// Maximum number of operations, functions, names and numbers, and maximum nesting depth of parentheses, signs
    /// and powers. It bounds the recursion over the expression.
    private static let maxParts = 500
    private static let deepest = 64

    /// - Throws: `GraderProblem` for invalid syntax and for a formula that is too long or nested too deeply.
    package init(_ text: String) throws(GraderProblem) {
        guard text.utf8.count <= 64 * RewardFormula.maxParts else { throw RewardFormula.tooLarge }
        var parser = Parser(text)
        expression = try parser.sum()
        guard parser.isAtEnd else { throw RewardFormula.problem(text) }
        self.text = text
    }

    private static func problem(_ text: String) -> GraderProblem {
        GraderProblem("'\(text.count > 200 ? text.prefix(200) + "…" : text[...])' is not a formula.")
    }

    private static let tooLarge = GraderProblem(
        "The formula is too large: at most \(maxParts) operations, functions, names and numbers, nested at most "
            + "\(deepest) deep.")

    /// Decodes the formula's text and parses it.
    /// - Throws: `GraderProblem` or the decoder's errors.
    package init(from decoder: any Decoder) throws {
        try self.init(decoder.singleValueContainer().decode(String.self))
    }

    /// Encodes the text only.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    /// The names of the graders it uses, sorted.
    package var names: [String] {
        var names: Set<String> = []
        func gather(_ expression: Expression) {
            switch expression {
            case .number: break
            case .name(let name): names.insert(name)
            case .operation(_, let a, let b):
                gather(a)
                gather(b)
            case .call(_, let arguments): arguments.forEach(gather)
            }
        }
        gather(expression)
        return names.sorted()
    }

    /// The value for these rewards; a name without a reward counts as 0.
    package func value(_ rewards: [String: Double]) -> Double {
        func value(_ expression: Expression) -> Double {
            switch expression {
            case .number(let number): return number
            case .name(let name): return rewards[name] ?? 0
            case .operation(let sign, let a, let b):
                let (a, b) = (value(a), value(b))
                switch sign {
                case "+": return a + b
                case "-": return a - b
                case "*": return a * b
                case "/": return a / b
                default: return pow(a, b)
                }
            case .call(let name, let arguments):
                let values = arguments.map(value)
                switch name {
                case "min": return values.min() ?? 0
                case "max": return values.max() ?? 0
                case "abs": return abs(values[0])
                case "floor": return values[0].rounded(.down)
                case "ceil": return values[0].rounded(.up)
                case "exp": return exp(values[0])
                case "sqrt": return values[0].squareRoot()
                default: return log(values[0])
                }
            }
        }
        return value(expression)
    }

    private static let oneArgument: Set<String> = ["abs", "floor", "ceil", "exp", "sqrt", "log"]
    private static let manyArguments: Set<String> = ["min", "max"]

    /// Recursive descent: sums of products of powers of atoms.
    private struct Parser {
        private let text: String
        private var rest: Substring
        private var depth = 0
        private var parts = 0

        init(_ text: String) {
            self.text = text
            rest = text[...]
        }

        private mutating func skipSpaces() { rest = rest.drop(while: \.isWhitespace) }

        var isAtEnd: Bool { rest.allSatisfy(\.isWhitespace) }

        private var problem: GraderProblem { RewardFormula.problem(text) }

        private mutating func take(_ signs: Set<Character>) -> Character? {
            skipSpaces()
            guard let sign = rest.first, signs.contains(sign) else { return nil }
            rest.removeFirst()
            return sign
        }

        /// Counts a part of the expression against the limit.
        private mutating func part(_ expression: Expression) throws(GraderProblem) -> Expression {
            parts += 1
            guard parts <= RewardFormula.maxParts else { throw RewardFormula.tooLarge }
            return expression
        }

        mutating func sum() throws(GraderProblem) -> Expression {
            var result = try product()
            while let sign = take(["+", "-"]) { result = try part(.operation(sign, result, try product())) }
            return result
        }

        private mutating func product() throws(GraderProblem) -> Expression {
            var result = try power()
            while let sign = take(["*", "/"]) { result = try part(.operation(sign, result, try power())) }
            return result
        }

        /// All recursion over the text passes through here, so that the depth limit applies.
        private mutating func power() throws(GraderProblem) -> Expression {
            depth += 1
            defer { depth -= 1 }
            guard depth <= RewardFormula.deepest else { throw RewardFormula.tooLarge }
            let base = try atom()
            guard take(["^"]) != nil else { return base }
            return try part(.operation("^", base, try power()))
        }

        private mutating func atom() throws(GraderProblem) -> Expression {
            if take(["-"]) != nil { return try part(.operation("-", .number(0), try power())) }
            if take(["("]) != nil {
                let inner = try sum()
                guard take([")"]) != nil else { throw problem }
                return inner
            }
            skipSpaces()
            guard let first = rest.first else { throw problem }
            if first.isNumber || first == "." {
                let digits = rest.prefix { $0.isNumber || $0 == "." }
                rest = rest.dropFirst(digits.count)
                guard let number = Double(digits) else { throw problem }
                return try part(.number(number))
            }
            let name = String(rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" })
            guard !name.isEmpty else { throw problem }
            rest = rest.dropFirst(name.count)
            guard take(["("]) != nil else { return try part(.name(name)) }
            var arguments = [try sum()]
            while take([","]) != nil { arguments.append(try sum()) }
            guard take([")"]) != nil,
                manyArguments.contains(name) || oneArgument.contains(name) && arguments.count == 1
            else { throw problem }
            return try part(.call(name, arguments))
        }
    }
}
