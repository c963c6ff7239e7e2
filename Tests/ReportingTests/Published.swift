// Published measurements, which are not part of this repository.

import Foundation

let publishedFolder = packageRoot.appending(path: "../shared/published")
let hasPublished = FileManager.default.fileExists(atPath: publishedFolder.path)

/// The rows of a CSV file without quotes, by the names of the first row.
func rows(ofPublished name: String) throws -> [[String: String]] {
    let text = try String(contentsOf: publishedFolder.appending(path: name), encoding: .utf8)
    let lines = text.split(whereSeparator: \.isNewline).map {
        $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    guard let header = lines.first else { return [] }
    return lines.dropFirst().map { Dictionary(zip(header, $0), uniquingKeysWith: { first, _ in first }) }
}
