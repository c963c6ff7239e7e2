// Follows the page tokens of a list of Google's APIs.

import Basics
import ProviderKit

/// The position in a list. A server may repeat a page or send pages without end; a partial list is never treated as
/// complete.
struct ListPages {
    /// The maximum number of pages, and of bytes on all of them together.
    private static let maxPages = 2000
    private static let maxBytes = 256 << 20

    /// The name of the operation in errors.
    let operation: String
    /// Whether the last page has been read.
    private(set) var areComplete = false
    private var token: String?
    private var seen: Set<String> = []
    private var bytes = 0

    init(operation: String) { self.operation = operation }

    /// The query parameters of the next page.
    var query: [(String, String)] { token.map { [("pageToken", $0)] } ?? [] }

    /// Advances to the page after the one that has been read.
    /// - Parameters:
    ///   - next: `nextPageToken` of the page; absent or empty on the last one.
    ///   - size: the size of the page in bytes.
    /// - Throws: `ProviderError.unreadable` for a repeated page and beyond the maximum number of pages or bytes.
    mutating func advance(to next: String?, after size: Int) throws {
        bytes = bytes.saturatingAdding(size)
        guard bytes <= ListPages.maxBytes else {
            throw ProviderError.unreadable(
                operation: operation, status: 200, reason: "the list has more than \(ListPages.maxBytes >> 20) MB")
        }
        guard let next, !next.isEmpty else {
            areComplete = true
            return
        }
        guard seen.insert(next).inserted else {
            throw ProviderError.unreadable(operation: operation, status: 200, reason: "the list repeats a page")
        }
        guard seen.count < ListPages.maxPages else {
            throw ProviderError.unreadable(
                operation: operation, status: 200, reason: "the list does not end within \(ListPages.maxPages) pages")
        }
        token = next
    }
}
