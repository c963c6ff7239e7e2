// A model whose answers were recorded elsewhere.

/// A table of recorded answers as a model: published predictions, or those of another tool. No request is sent and
/// nothing runs; costs and latencies are unknown unless the table has columns for them.
package struct RecordedModelSpec: Hashable, Sendable, Codable {
    /// The table: CSV or a variant of it, JSON Lines, or Parquet.
    package var answers: FileReference
    /// The names of its columns; those that are `nil` are found by their usual names.
    package var columns: RecordedColumns

    /// - Parameter columns: by default, every column is found by its usual names.
    package init(answers: FileReference, columns: RecordedColumns = RecordedColumns()) {
        self.answers = answers
        self.columns = columns
    }
}

/// The names of the columns of a table of recorded answers, as in its header.
package struct RecordedColumns: Hashable, Sendable, Codable {
    /// The column with the answers.
    package var answer: String?
    /// The column with the ids of items.
    package var id: String?
    /// The column with the paths of images.
    package var path: String?
    /// The column with latencies in milliseconds.
    package var latency: String?
    /// The column with costs in US dollars.
    package var cost: String?

    /// - Parameter answer: `nil`, like every other column, finds it by its usual names.
    package init(
        answer: String? = nil, id: String? = nil, path: String? = nil, latency: String? = nil, cost: String? = nil
    ) {
        self.answer = answer
        self.id = id
        self.path = path
        self.latency = latency
        self.cost = cost
    }

    private enum CodingKeys: String, CodingKey {
        case answer, id, path
        case latency = "latency_ms"
        case cost = "cost_usd"
    }
}
