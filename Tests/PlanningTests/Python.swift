// Runs python3, the reference for values that must equal Python's.

import Foundation

enum Python {
    static let isHere = (try? run("print(1)", input: "")) == "1\n"

    /// The output of a script, which reads `input` from its standard input.
    static func run(_ script: String, input: String) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", "-c", script]
        let out = Pipe(), into = Pipe()
        process.standardOutput = out
        process.standardInput = into
        try process.run()
        try into.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try into.fileHandleForWriting.close()
        let data = try out.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw PythonFailure(status: process.terminationStatus) }
        return String(decoding: data, as: UTF8.self)
    }
}

struct PythonFailure: Error { var status: Int32 }
