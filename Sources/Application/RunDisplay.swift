// The interface of a front end that shows a run's progress.

package import Execution

/// Shows the events of a run. Its methods are called from any thread.
package protocol RunDisplay: Sendable {
    /// Receives an event of the run.
    func take(_ event: RunEvent)
    /// Called several times a second to update elapsed times.
    func tick()
    /// Called after the last event: shows pending output.
    func finish()
    /// Asks a yes/no question without being overdrawn by the display.
    func ask(_ question: String) async -> Bool
}
