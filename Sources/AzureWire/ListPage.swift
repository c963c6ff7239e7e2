// One page of a list on the data plane.

/// `{"object":"list","data":[…],"first_id","last_id","has_more"}`. The stable Azure versions omit the ids and, for
/// files, `has_more`; a page without `has_more` is the last one.
package struct ListPage<Item: Codable & Sendable>: Codable, Sendable {
    /// The API's name for this type of object; set to its constant where a server omits it.
    package var object: String
    /// The items of this page; empty when the server omits it.
    package var data: [Item]
    /// The id of the first item.
    package var firstID: String?
    /// The id of the last item.
    package var lastID: String?
    /// `nil` or `false` on the last page.
    package var hasMore: Bool?

    /// - Parameter hasMore: `nil` reads as the last page.
    package init(data: [Item], firstID: String? = nil, lastID: String? = nil, hasMore: Bool? = nil) {
        object = "list"
        self.data = data
        self.firstID = firstID
        self.lastID = lastID
        self.hasMore = hasMore
    }

    enum CodingKeys: String, CodingKey {
        case object, data
        case firstID = "first_id"
        case lastID = "last_id"
        case hasMore = "has_more"
    }

    /// Also reads a bare array, which some servers send, as the only page.
    package init(from decoder: any Decoder) throws {
        if let items = try? decoder.unkeyedContainer() {
            var items = items
            var all: [Item] = []
            while !items.isAtEnd { all.append(try items.decode(Item.self)) }
            object = "list"
            data = all
            return
        }
        let container = try decoder.container(keyedBy: CodingKeys.self)
        object = container.optionalText(.object) ?? "list"
        data = try container.decodeIfPresent([Item].self, forKey: .data) ?? []
        firstID = container.optionalText(.firstID)
        lastID = container.optionalText(.lastID)
        hasMore = container.optionalBool(.hasMore)
    }
}

extension ListPage: Equatable where Item: Equatable {}
