// The name and version of this tool.

/// This program.
package enum Tool {
    /// Its version, which results record as what made them.
    package static let version = "0.1.0"
}
