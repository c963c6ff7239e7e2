// Reads paginated lists of OpenAI's API.

import AzureWire
import Basics
import Platform
import ProviderKit

extension ProviderConnection {
    /// The maximum number of pages of a list, because a server may send pages without end.
    private static var maxPages: Int { 2000 }
    /// The maximum size of all pages of a list together, in bytes.
    private static var maxListBytes: Int { 256 << 20 }

    /// All items of a list, page by page and without duplicates; stops early after an item for which `last` is true.
    /// Throws `ProviderError.unreadable` beyond the maximum pages or bytes, and if the list does not continue as
    /// stated: a partial list is never treated as complete.
    func pages<Item: Codable & Sendable>(
        _ operation: String, limit: Int?, id: (Item) -> String,
        last: (Item) -> Bool = { _ in false }, url: ([(String, String)]) throws -> String
    ) async throws -> [Item] {
        var items: [Item] = []
        var seen: Set<String> = []
        var after: String?
        var pages = 0
        var bytes = 0
        while true {
            pages += 1
            guard pages <= ProviderConnection.maxPages, bytes <= ProviderConnection.maxListBytes else {
                throw ProviderError.unreadable(
                    operation: operation, status: 200,
                    reason: "the list does not end: \(items.count) items in \(pages - 1) pages")
            }
            var query: [(String, String)] = []
            if let limit { query.append(("limit", String(limit))) }
            if let after { query.append(("after", after)) }
            let answer = try await call(operation, .repeatable, get(try url(query)))
            bytes += answer.response.body.count
            let page: ListPage<Item> = try await decode(answer.response, operation)
            let new = page.data.filter { seen.insert(id($0)).inserted }
            items += new
            guard page.hasMore == true, !new.contains(where: last) else { return items }
            let end = page.lastID ?? page.data.last.map(id)
            // A page without new items that does not lead further would be requested forever.
            guard let end, !new.isEmpty || end != after else {
                throw ProviderError.unreadable(
                    operation: operation, status: 200, reason: "a page says that the list continues, and has no new items")
            }
            after = end
        }
    }
}
