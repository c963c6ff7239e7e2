// Follows the page tokens of a list of Google's APIs.

import ProviderKit

/// The position in a list. A server may repeat a page or send pages without end; a partial list is never treated as
/// complete.
struct ListPages {
    /// The maximum number of pages.
    private static let most = 2000

    /// The name of the operation in errors.
    let operation: String
    /// Whether the last page has been read.
    private(set) var areComplete = false
    private var token: String?
    private var seen: Set<String> = []

    init(operation: String) { self.operation = operation }

    /// The query parameters of the next page.
    var query: [(String, String)] { token.map { [("pageToken", $0)] } ?? [] }

    /// Advances to the page after the one that has been read.
    /// - Parameter next: `nextPageToken` of the page; absent or empty on the last one.
    /// - Throws: `ProviderError.unreadable` for a repeated page and beyond the maximum number of pages.
    mutating func advance(to next: String?) throws {
        guard let next, !next.isEmpty else {
            areComplete = true
            return
        }
        guard seen.insert(next).inserted else {
            throw ProviderError.unreadable(operation: operation, status: 200, reason: "the list repeats a page")
        }
        guard seen.count < ListPages.most else {
            throw ProviderError.unreadable(
                operation: operation, status: 200, reason: "the list does not end within \(ListPages.most) pages")
        }
        token = next
    }
}
