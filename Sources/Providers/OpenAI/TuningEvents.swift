// Interprets the events of a fine-tuning job. Their wording differs by provider.

import AzureWire
import Basics
import Foundation
import ProviderKit

extension TuningEvent {
    /// Converts an event. Its text is the only source for the start of training and the number of skipped examples.
    init(_ event: FineTuningEvent) {
        let isWarning = event.level == .warning
        let skipped = event.message.firstMatch(of: #/(\d+) (?:of \d+ )?(?:examples|images).* skipped/#)
            .flatMap { Int($0.output.1) }
        self.init(
            message: event.message, isWarning: isWarning, time: event.createdAt.map { Double($0.seconds) },
            startsTraining: event.message.hasPrefix("Job started"), skippedExamples: isWarning ? skipped : nil,
            screening: ScreeningReport(event))
    }
}

extension ScreeningReport {
    /// The event's report on skipped images; `nil` if it has none.
    fileprivate init?(_ event: FineTuningEvent) {
        let message = event.message.lowercased()
        self.init(isValidation: message.contains("validation"))
        if let data = event.data?["image_screening"] {
            lines = data["rejected_lines"]?.array.map { Set($0.compactMap(\.int)) }
            skipped = data["rejected"]?.int
            if lines != nil || skipped != nil { return }
        }
        guard event.level != .error else { return nil }
        let things = #"(?:training |validation )?(?:examples|images|samples|lines|rows)"#
        let dropped = "(?:skipped|excluded|removed|filtered|rejected|dropped)"
        let taken = "(?:accepted|kept|passed|used|remain)"
        func number(_ pattern: String) -> Int? {
            guard let expression = try? NSRegularExpression(pattern: pattern),
                let match = expression.firstMatch(in: message, range: NSRange(message.startIndex..., in: message)),
                let range = Range(match.range(at: 1), in: message)
            else { return nil }
            return Int(message[range])
        }
        if let count = number(#"(\d+)(?: (?:of|out of) \d+)? \#(things)[^.]*\b\#(dropped)"#)
            ?? number(#"\b\#(dropped) (\d+)(?: (?:of|out of) \d+)? \#(things)"#)
        {
            // A count of skipped examples is only trusted in a warning.
            guard event.level == .warning else { return nil }
            skipped = count
        } else if let count = number(#"(\d+) (?:of|out of) \d+ \#(things)[^.]*\b\#(taken)"#)
            ?? number(#"\b\#(taken) (\d+) (?:of|out of) \d+ \#(things)"#)
        {
            kept = count
        } else {
            return nil
        }
    }
}
