// Parquet files that pyarrow writes, read through pyarrow.

import Foundation
import Planning
import Specification
import Steps
import Testing

@Suite struct ParquetTests {
    private static let python =
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path + "/.build-venv/bin/python"
    private static let hasArrow = (try? run(["-c", "import pyarrow"])) == 0
    private static let needs: Comment = "needs pyarrow in .build-venv: scripts/install-dependencies --tests"

    @discardableResult
    private static func run(_ arguments: [String]) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(filePath: python)
        process.arguments = arguments
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }

    /// The rows that `assay` reads from a table that a script writes to `path`.
    private func read(_ script: String) async throws -> Data {
        let folder = NSTemporaryDirectory() + "assay-parquet-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let head = "import sys, json, datetime, pyarrow as pa, pyarrow.parquet as pq; path = sys.argv[1]\n"
        try #require(try Self.run(["-c", head + script, folder + "/t.parquet"]) == 0)
        return try await TableFile.read(folder + "/t.parquet", environment: ["ASSAY_PYTHON": Self.python])
    }

    private func labels(_ data: Data) throws -> [String] {
        try LabelTable(parsing: data, label: LabelSpec()).rows.map { "\($0.image.path) \($0.image.label)" }
    }

    @Test(.enabled(if: hasArrow, needs)) func columnsOfEveryKind() async throws {
        let data = try await read(
            """
            pq.write_table(pa.table({
                "file_name": ["a.png", "b.png"], "label": pa.array(["cat", "dog"]).dictionary_encode(),
                "score": [float("nan"), float("inf")], "taken": [datetime.datetime(2026, 1, 2), None],
                "thumbnail": [b"x", b"y"], "box": [[1, 2], [3, 4]]}), path)
            """)
        #expect(try labels(data) == ["a.png cat", "b.png dog"])
    }

    /// Guards: classes of Hugging Face became the labels '0' and '1'.
    @Test(.enabled(if: hasArrow, needs)) func classesHaveTheirNames() async throws {
        let table = """
            table = pa.table({"file_name": ["a.png", "b.png"], "label": [1, 0]})
            features = {"label": {"names": ["cat", "dog"], "_type": "ClassLabel"}}
            pq.write_table(table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})}), path)
            """
        #expect(try labels(try await read(table)) == ["a.png dog", "b.png cat"])
        let data = try await read(table.replacing("[1, 0]", with: "[1, -1]"))
        #expect(throws: DatasetError.self) { try labels(data) }
    }

    @Test(.enabled(if: hasArrow, needs)) func aTableOfBytesIsAnError() async throws {
        await #expect(throws: ParquetError.self) {
            try await read("pq.write_table(pa.table({'image': [b'x']}), path)")
        }
    }
}
