// What an answer's fields say about how much more may be asked.

package import Foundation
package import Platform

/// The limits of a deployment as the last answer told them; -1, which the service sends for "not known", is `nil`.
package struct RateLimit: Hashable, Sendable {
    package var limitRequests: Int?
    package var limitTokens: Int?
    package var remainingRequests: Int?
    package var remainingTokens: Int?
    /// Seconds until requests or tokens are there again.
    package var resetRequests: Double?
    package var resetTokens: Double?

    package init(_ fields: HTTPFields) {
        func count(_ name: String) -> Int? { fields[name].flatMap { Int($0) }.flatMap { $0 < 0 ? nil : $0 } }
        func seconds(_ names: String...) -> Double? {
            names.lazy.compactMap { fields[$0] }.compactMap(RateLimit.duration).first
        }
        limitRequests = count("x-ratelimit-limit-requests")
        limitTokens = count("x-ratelimit-limit-tokens")
        remainingRequests = count("x-ratelimit-remaining-requests")
        remainingTokens = count("x-ratelimit-remaining-tokens")
        resetRequests = seconds("x-ratelimit-reset-requests", "x-rate-limit-reset-requests")
        resetTokens = seconds("x-ratelimit-reset-tokens", "x-rate-limit-reset-tokens")
    }

    /// Seconds of `12`, `1.5`, `20ms`, `1m30.5s` or `1h2m`; Azure sends numbers, OpenAI the rest.
    static func duration(_ text: String) -> Double? {
        if let number = Double(text) { return number >= 0 ? number : nil }
        var total = 0.0
        var digits = ""
        var unit = ""
        func add() -> Bool {
            let scale: [String: Double] = ["ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400]
            guard let number = Double(digits), let factor = scale[unit] else { return false }
            total += number * factor
            return true
        }
        for character in text {
            if character.isNumber || character == "." {
                if !unit.isEmpty {
                    guard add() else { return nil }
                    digits = ""
                    unit = ""
                }
                digits.append(character)
            } else {
                unit.append(character)
            }
        }
        return add() ? total : nil
    }

    /// A date such as `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, the one form that may be sent).
    static func httpDate(_ text: String) -> Date? {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let parts = text.split(whereSeparator: { $0 == " " || $0 == ":" || $0 == "," })
        guard parts.count == 8, parts[7] == "GMT", let month = months.firstIndex(of: String(parts[2])),
            let day = Int(parts[1]), let year = Int(parts[3]), let hour = Int(parts[4]), let minute = Int(parts[5]),
            let second = Int(parts[6])
        else { return nil }
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        return calendar.date(
            from: DateComponents(
                year: year, month: month + 1, day: day, hour: hour, minute: minute, second: second))
    }

    /// Seconds that the server asks to wait: `retry-after-ms`, then `retry-after` as seconds or as a date.
    package static func retryAfter(_ fields: HTTPFields, now: Date) -> Double? {
        if let text = fields["retry-after-ms"], let number = Double(text), number >= 0 { return number / 1000 }
        guard let text = fields["retry-after"] else { return nil }
        if let number = Double(text) { return number >= 0 ? number : nil }
        return httpDate(text).map { max(0, $0.timeIntervalSince(now)) }
    }
}
