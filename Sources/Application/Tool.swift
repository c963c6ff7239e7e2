// The name and version of this tool.

/// Identifies this program in results and runs.
package enum Tool {
    /// The version, recorded in results as the tool that produced them.
    package static let version = "0.1.0"
}
