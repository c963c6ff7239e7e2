// Values of reference libraries that these tests compare with.

import Basics
import Foundation
import Testing

/// The folder of Package.swift.
let packageRoot = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

/// Published measurements, which are not part of this repository.
let publishedFolder = packageRoot.appending(path: "../shared/published")
let hasPublished = FileManager.default.fileExists(atPath: publishedFolder.path)

/// One case of Tests/Golden/statistics.json, written by scripts/golden-statistics.py.
struct Golden<Values: Decodable & Sendable>: Decodable, Sendable, CustomTestStringConvertible {
    let id: String
    let values: Values

    private enum CodingKeys: String, CodingKey { case id }

    init(from decoder: any Decoder) throws {
        id = try decoder.container(keyedBy: CodingKeys.self).decode(String.self, forKey: .id)
        values = try Values(from: decoder)
    }

    var testDescription: String { id }

    static func cases(_ section: String, as type: Values.Type = Values.self) -> [Golden] {
        do {
            let file = packageRoot.appending(path: "Tests/Golden/statistics.json")
            guard let cases = try JSONValue(parsing: Data(contentsOf: file))[section] else { return [] }
            return try cases.decoded(as: [Golden].self)
        } catch {
            fatalError("Tests/Golden/statistics.json, \(section): \(error)")
        }
    }
}

/// Whether two numbers are equal to a relative error, or to its thousandth part when near zero.
func isNear(_ a: Double?, _ b: Double, relative: Double = 1e-9) -> Bool {
    guard let a else { return false }
    return abs(a - b) <= relative * max(abs(a), abs(b), 1e-3)
}

/// The rows of a CSV file without quotes, by the names of the first row.
func rows(ofPublished name: String) throws -> [[String: String]] {
    let text = try String(contentsOf: publishedFolder.appending(path: name), encoding: .utf8)
    let lines = text.split(whereSeparator: \.isNewline).map {
        $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    guard let header = lines.first else { return [] }
    return lines.dropFirst().map { Dictionary(zip(header, $0), uniquingKeysWith: { first, _ in first }) }
}
