// What a front end shows of a run while it goes.

package import Execution

/// Shows the events of a run. Its methods are called from any thread.
package protocol RunDisplay: Sendable {
    /// Takes an event of the run.
    func take(_ event: RunEvent)
    /// Called several times a second, so that passing time can be shown.
    func tick()
    /// Called when no more events come: shows what is still held back.
    func finish()
    /// Asks a question that is answered with yes or no, without the display drawing over it.
    func ask(_ question: String) async -> Bool
}
