// Durations as people read them: the same on the terminal, in reports and on pages.

import Basics
import Foundation

/// The only wording of a duration, so that a run is never said to have taken two different times.
package enum DurationText {
    /// `0.02 s`, `0.8 s`, `42 s`, `3 min 20 s`, `2 h 5 min`. `–` for a value that is no duration: negative or not finite.
    package static func of(seconds: Double) -> String {
        guard seconds.isFinite, seconds >= 0 else { return "–" }
        if seconds < 9.95 { return String(format: seconds < 0.0995 ? "%.2f s" : "%.1f s", seconds) }
        let whole = Int(saturating: min(seconds.rounded(), 1e15))
        if whole < 60 { return "\(whole) s" }
        if whole < 3600 { return "\(whole / 60) min" + (whole % 60 == 0 ? "" : " \(whole % 60) s") }
        let minutes = (whole + 30) / 60
        return "\(minutes / 60) h" + (minutes % 60 == 0 ? "" : " \(minutes % 60) min")
    }
}
