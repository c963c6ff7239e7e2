// One format of durations: no run is shown with two different durations.

import Testing

@testable import Reporting

@Suite struct DurationTextTests {
    /// Guards against `assay runs` listing "10.4 s" for a run that "done in 10 s" had announced, and pages cutting 59.7 s to 59 s.
    @Test(
        arguments: [
            ("hundredths", 0.021, "0.02 s"), ("tenths", 0.0996, "0.1 s"), ("below ten", 9.949, "9.9 s"), ("ten", 9.95, "10 s"),
            ("rounded", 59.4, "59 s"), ("rounded up to a minute", 59.7, "1 min"), ("a minute and seconds", 200, "3 min 20 s"),
            ("rounded up to an hour", 3599.6, "1 h"), ("hours and minutes", 7500, "2 h 5 min"), ("zero", 0, "0.00 s"),
            ("negative", -1, "–"), ("not a number", .nan, "–"), ("infinite", .infinity, "–"),
        ] as [(id: String, seconds: Double, text: String)])
    func `durations are worded once`(id: String, seconds: Double, text: String) {
        #expect(DurationText.of(seconds: seconds) == text, "\(id)")
    }
}
