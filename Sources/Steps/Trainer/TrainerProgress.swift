// A progress line of a trainer.

import Basics
import Foundation

/// The progress of a trainer: `{"progress": 0.4, "text": "batch 12 of 30"}` on its own line.
struct TrainerProgress: Sendable {
    /// From 0 to 1; `nil` if the line has only a text.
    var fraction: Double?
    var text: String

    /// `nil` for a line that is not a progress line.
    init?(_ line: String) {
        guard line.utf8.first == UInt8(ascii: "{"), let value = try? JSONValue(parsing: Data(line.utf8)) else { return nil }
        self.init(value)
    }

    /// `nil` for an object without `progress`.
    init?(_ value: JSONValue) {
        guard let progress = value["progress"] else { return nil }
        fraction = progress.double.flatMap { $0.isFinite ? min(1, max(0, $0)) : nil }
        text = String((value["text"]?.string ?? "").prefix(80))
    }
}
