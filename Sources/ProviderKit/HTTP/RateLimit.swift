// Reads rate limits and waits from response header fields.

package import Foundation
package import Platform

/// The limits of a deployment as of the last response. The service sends -1 for "unknown", which becomes `nil`.
package struct RateLimit: Hashable, Sendable {
    /// Requests per minute.
    package var limitRequests: Int?
    /// Tokens per minute.
    package var limitTokens: Int?
    /// Requests left in the current minute.
    package var remainingRequests: Int?
    /// Tokens left in the current minute.
    package var remainingTokens: Int?
    /// Seconds until the request limit is fully available again.
    package var resetRequests: Double?
    /// Seconds until the token limit is fully available again.
    package var resetTokens: Double?

    /// Reads the `x-ratelimit-…` fields; missing and malformed ones become `nil`.
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

    /// The longest plausible wait in seconds, a month; longer values are ignored.
    private static let maxPlausibleWait = 31.0 * 86_400

    /// The number if it is a plausible wait: finite, not negative, at most a month.
    private static func sensible(_ seconds: Double) -> Double? {
        seconds >= 0 && seconds <= maxPlausibleWait ? seconds : nil
    }

    /// Parses `12`, `1.5`, `20ms`, `1m30.5s` or `1h2m` into seconds. Azure sends numbers, OpenAI the other forms.
    static func duration(_ text: String) -> Double? {
        if let number = Double(text) { return sensible(number) }
        var total = 0.0
        var digits = ""
        var unit = ""
        func add() -> Bool {
            let scale: [String: Double] = ["ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400]
            guard let number = Double(digits), number.isFinite, let factor = scale[unit] else { return false }
            total += number * factor
            return true
        }
        for character in text.prefix(40) {
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
        return add() ? sensible(total) : nil
    }

    /// Parses a date in one of the three forms that RFC 9110 requires recipients to accept:
    /// `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT` and `Sun Nov  6 08:49:37 1994`.
    /// - Parameter now: resolves a two-digit year, to a date at most 50 years ahead.
    static func httpDate(_ text: String, now: Date) -> Date? {
        let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
        let parts = text.prefix(60).split(whereSeparator: { " :,-".contains($0) }).map(String.init)
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let day: String, month: String, time: ArraySlice<String>
        var year: Int?
        if parts.count == 8, ["GMT", "UTC", "UT", "Z"].contains(parts[7].uppercased()) {
            (day, month, time) = (parts[1], parts[2], parts[4..<7])
            year = Int(parts[3])
            if let short = year, parts[3].count == 2 {
                let thisYear = calendar.component(.year, from: now)
                let full = thisYear - thisYear % 100 + short
                year = full > thisYear + 50 ? full - 100 : full
            }
        } else if parts.count == 7 {
            (day, month, time) = (parts[2], parts[1], parts[3..<6])
            year = Int(parts[6])
        } else {
            return nil
        }
        guard let index = months.firstIndex(of: String(month.lowercased().prefix(3))), let year,
            (1970...9999).contains(year), let day = Int(day), (1...31).contains(day)
        else { return nil }
        let clock = time.compactMap { Int($0) }
        guard clock.count == 3, (0..<24).contains(clock[0]), (0..<60).contains(clock[1]), (0...60).contains(clock[2])
        else { return nil }
        return calendar.date(
            from: DateComponents(
                year: year, month: index + 1, day: day, hour: clock[0], minute: clock[1], second: clock[2]))
    }

    /// Seconds until the call can succeed according to the server. The shortest of `retry-after-ms` and `retry-after`
    /// (seconds, duration or date), since either alone suffices; without both, the reset of the exhausted limit, or
    /// of both limits if both are exhausted. `nil` if no plausible wait is stated.
    package static func retryAfter(_ fields: HTTPFields, now: Date) -> Double? {
        var stated: [Double] = []
        if let text = fields["retry-after-ms"], let wait = Double(text).flatMap({ sensible($0 / 1000) }) {
            stated.append(wait)
        }
        if let text = fields["retry-after"] {
            if let wait = duration(text) {
                stated.append(wait)
            } else if let date = httpDate(text, now: now),
                // Relative to the server's own clock if it sends a date, because this machine's clock may differ.
                let wait = sensible(max(0, date.timeIntervalSince(fields["date"].flatMap { httpDate($0, now: now) } ?? now)))
            {
                stated.append(wait)
            }
        }
        if let shortest = stated.min() { return shortest }
        let limit = RateLimit(fields)
        let usedUp = [
            limit.remainingRequests == 0 ? limit.resetRequests : nil,
            limit.remainingTokens == 0 ? limit.resetTokens : nil,
        ].compactMap(\.self)
        return usedUp.max()
    }
}
