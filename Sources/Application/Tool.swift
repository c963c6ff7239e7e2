// The name and version of this tool.

enum Tool {
    static let version = "0.1.0"
}
