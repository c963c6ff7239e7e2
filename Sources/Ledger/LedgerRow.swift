// One row of the ledger; every column is checked when it is read.

import Basics
import Foundation
import GRDB

/// A row of a ledger that may come from an untrusted project: any column may be missing, `NULL`, of another type or
/// out of range. Each accessor then throws `LedgerError.damaged` with table and column; an unreadable value never
/// counts as absent or as zero.
struct LedgerRow {
    let row: Row
    let table: String
    let path: String

    func text(_ column: String) throws -> String {
        guard case .string(let text) = try storage(column) else { throw damaged(column, "text") }
        return text
    }

    func optionalText(_ column: String) throws -> String? {
        switch try storage(column) {
        case .null: nil
        case .string(let text): text
        default: throw damaged(column, "text or nothing")
        }
    }

    func integer(_ column: String, in range: ClosedRange<Int64> = .min ... .max) throws -> Int64 {
        guard case .int64(let number) = try storage(column) else { throw damaged(column, "an integer") }
        guard range.contains(number) else {
            throw damaged(column, "an integer from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// A nonnegative count, small enough to add to without overflow.
    func count(_ column: String) throws -> Int { Int(try integer(column, in: 0...LedgerRow.maxCount)) }

    func flag(_ column: String) throws -> Bool { try integer(column, in: 0...1) == 1 }

    func money(_ column: String) throws -> Money { Money(units: try integer(column)) }

    func optionalSeconds(_ column: String) throws -> Double? {
        let number: Double
        switch try storage(column) {
        case .null: return nil
        case .double(let found): number = found
        case .int64(let found): number = Double(found)
        default: throw damaged(column, "a number or nothing")
        }
        // Larger numbers and infinity cannot be formatted as a date.
        guard abs(number) <= LedgerRow.furthestTime else { throw damaged(column, "a time or duration in seconds") }
        return number
    }

    func optionalDate(_ column: String) throws -> Date? {
        try optionalSeconds(column).map { Date(timeIntervalSince1970: $0) }
    }

    func date(_ column: String) throws -> Date {
        guard let date = try optionalDate(column) else { throw damaged(column, "a time") }
        return date
    }

    func digest(_ column: String) throws -> Digest {
        guard let digest = Digest(hex: try text(column)) else { throw damaged(column, "a SHA-256 digest") }
        return digest
    }

    func optionalKey(_ column: String) throws -> StepKey? {
        try optionalText(column) == nil ? nil : StepKey(try digest(column))
    }

    func key(_ column: String) throws -> StepKey { StepKey(try digest(column)) }

    func json(_ column: String) throws -> JSONValue {
        let text = try text(column)
        do { return try JSONValue(parsing: Data(text.utf8)) } catch is DecodingError { throw damaged(column, "JSON") }
    }

    func owner() throws -> ProcessOwner {
        ProcessOwner(
            host: try text("host"), pid: Int32(truncatingIfNeeded: try integer("pid", in: 0...Int64(Int32.max))),
            started: try text("process"))
    }

    private static let maxCount: Int64 = 1 << 48
    /// About the year 5138, which is after `Date.distantFuture`.
    private static let furthestTime = 1e11

    private func storage(_ column: String) throws -> DatabaseValue.Storage {
        guard row.hasColumn(column) else {
            throw LedgerError.damaged(path: path, reason: "the table '\(table)' has no column '\(column)'")
        }
        let value: DatabaseValue = row[column]
        return value.storage
    }

    private func damaged(_ column: String, _ expected: String) -> LedgerError {
        .damaged(path: path, reason: "a row of '\(table)' has a value other than \(expected) in '\(column)'")
    }
}

extension Ledger {
    /// The rows of a query, for checked access.
    /// - Parameter table: the table that the query reads, for messages.
    func rows(
        _ database: Database, of table: String, sql: String, _ arguments: StatementArguments = []
    ) throws -> [LedgerRow] {
        try Row.fetchAll(database, sql: sql, arguments: arguments).map { LedgerRow(row: $0, table: table, path: path) }
    }
}
