// Counts the images of a fine-tuning job that the provider's screening accepted, by file and label.

package import Basics
import Foundation
package import ProviderKit
package import Specification

/// The screening of one training or validation file.
package struct ImageScreening: Hashable, Sendable {
    /// The screening of one label's images.
    package struct Counts: Hashable, Sendable {
        /// The number of images in the file.
        package var submitted: Int
        /// The number of accepted images; `nil` if the provider reports only the total and some were rejected.
        package var accepted: Int?
    }

    /// The part of the split that the file contains: training or validation.
    package var part: SplitPart
    /// The number of images in the file.
    package var submitted: Int
    /// The number of images accepted; an estimate if no event reports it.
    package var accepted: Int
    /// The counts by the label that each example teaches.
    package var labels: [String: Counts]

    /// Evaluates a job's events. Without an event for the file, all images not in `unexplained` count as accepted.
    ///
    /// - Parameters:
    ///   - labels: the label of each line of the file, in order.
    ///   - unexplained: the number of training examples that the job's steps cannot have contained, for a job that
    ///     reports no screening.
    package init(_ part: SplitPart, labels: [String], events: [TuningEvent], unexplained: Int = 0) {
        self.part = part
        submitted = labels.count
        let report = events.compactMap(\.screening).last { $0.isValidation == (part == .validation) }
        let rejected = min(labels.count, max(0, report?.rejected(of: labels.count) ?? unexplained))
        accepted = labels.count - rejected
        var counts: [String: Counts] = [:]
        for (index, label) in labels.enumerated() {
            counts[label, default: Counts(submitted: 0, accepted: 0)].submitted += 1
            if let lines = report?.lines, !lines.contains(index + 1) { counts[label]?.accepted? += 1 }
        }
        if report?.lines == nil {
            counts = counts.mapValues { Counts(submitted: $0.submitted, accepted: rejected == 0 ? $0.submitted : nil) }
        }
        self.labels = counts
    }

    /// Labels without an accepted image.
    package var lostLabels: [String] { labels.filter { $0.value.accepted == 0 }.keys.sorted() }

    /// Labels that may have lost all their images: the provider reports only the total of rejected images, and it is
    /// large enough.
    package var possiblyLostLabels: [String] {
        labels.filter { $0.value.accepted == nil && $0.value.submitted <= submitted - accepted }.keys.sorted()
    }

    /// A summary: "30 of 48 training images accepted (beagle 7 of 12)". Lists at most 20 labels with losses.
    package var text: String {
        let losses = labels.sorted { $0.key < $1.key }.compactMap { label, counts in
            counts.accepted.flatMap { $0 < counts.submitted ? "\(label) \($0) of \(counts.submitted)" : nil }
        }
        let total = "\(accepted) of \(submitted) \(part == .validation ? "validation" : "training") images accepted"
        if accepted == submitted { return total }
        guard !losses.isEmpty else { return total + "; the provider does not report which ones" }
        return total + " (" + losses.prefix(20).joined(separator: ", ")
            + (losses.count > 20 ? " and \(losses.count - 20) more labels" : "") + ")"
    }

    /// The counts as step facts.
    package var facts: FineTuneFacts.Screening {
        .init(
            submitted: submitted, accepted: accepted,
            labels: labels.mapValues { .init(submitted: $0.submitted, accepted: $0.accepted) })
    }
}

extension ImageScreening {
    /// The label that each line of a training file teaches.
    ///
    /// - Throws: the errors of reading the file.
    static func labels(inFileAt path: String, answer: (String) -> String) throws -> [String] {
        let file = try LineFile(path: path)
        var labels: [String] = []
        while let line = try file.next() {
            let example = try? JSONValue(parsing: line)
            let text =
                example?["reference_answer"]?.string
                ?? (example?["preferred_output"]?.array ?? example?["messages"]?.array)?.last?["content"]?.string
            labels.append(answer(text ?? ""))
        }
        return labels
    }

    /// The label in a structured answer: the value of its JSON object's only member.
    static func label(ofAnswer text: String) -> String {
        guard text.hasPrefix("{"), let members = try? JSONValue(parsing: Data(text.utf8)).object, members.count == 1,
            let value = members.values.first?.string
        else { return text }
        return value
    }
}
