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

    /// Guards: columns with lists were left out, so that a table of several images or tags had none.
    @Test(.enabled(if: hasArrow, needs)) func listsAndStructuresAreReadUnchanged() async throws {
        let data = try await read(
            """
            table = pa.table({
                "images": [["a.png", "b.png"], ["c.png"]], "tags": [[1, 0], []],
                "objects": [[{"bbox": [1.0, 2.0, 3.0, 4.0], "category": 0}], []]})
            names = {"names": ["cat", "dog"], "_type": "ClassLabel"}
            features = {"tags": {"feature": names, "_type": "Sequence"}, "objects": [{"category": names}]}
            pq.write_table(table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})}), path)
            """)
        let lines = String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
        #expect(
            lines.first
                == #"{"images": ["a.png", "b.png"], "tags": ["dog", "cat"], "objects": [{"bbox": [1.0, 2.0, 3.0, 4.0], "category": "cat"}]}"#
        )
        #expect(try RecordTable(parsing: data, names: []).rows.map(\.fields).last == ["[\"c.png\"]", "[]", "[]"])
    }

    /// Guards: the column with the images was left out, and the error listed the other columns only.
    @Test(
        .enabled(if: hasArrow, needs),
        arguments: [
            ("paths", "[{'path': 'a.png', 'bytes': None}, {'path': 'b.png', 'bytes': None}]", nil),
            ("bytes", "[{'path': 'a.png', 'bytes': b'x'}, {'path': 'b.png', 'bytes': b'y'}]", "contains the image itself"),
            ("binary", "[b'\\x89PNG' * 1000, b'\\x89PNG' * 1000]", "contains the image itself"),
            ("small binary", "[b'\\x89PNG', b'\\x89PNG']", "contains the image itself"),
            ("texts stored as binary", "[b'a.png', b'b.png']", nil),
        ] as [(id: String, column: String, error: String?)])
    func imagesWithinTheTable(id: String, column: String, error: String?) async throws {
        let data = try await read("pq.write_table(pa.table({'image': \(column), 'label': ['cat', 'dog']}), path)")
        guard let error else {
            #expect(try labels(data) == ["a.png cat", "b.png dog"])
            return
        }
        let thrown = try #require(throws: DatasetError.self) { try labels(data) }
        #expect("\(thrown)".contains(error), "\(thrown)")
    }

    @Test(.enabled(if: hasArrow, needs)) func noRowIsLostBetweenBatches() async throws {
        let data = try await read(
            """
            schema = pa.schema([("file_name", pa.string()), ("label", pa.string())])
            with pq.ParquetWriter(path, schema) as writer:
                for start in range(0, 10000, 5000):
                    rows = range(start, start + 5000)
                    writer.write_table(pa.table({"file_name": [f"{i}.png" for i in rows], "label": ["a"] * 5000}, schema))
            """)
        #expect(try labels(data).map { $0.prefix { $0 != "." } } == (0..<10_000).map { "\($0)"[...] })
    }

    /// Guards: all rows were converted in one step, and a small file can contain a billion.
    @Test(.enabled(if: hasArrow, needs)) func manyRowsNeedLittleMemory() async throws {
        let folder = NSTemporaryDirectory() + "assay-parquet-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        // Runs the program's script and writes the largest memory that it took, in KiB.
        let wrapper = """
            #!\(Self.python)
            import resource, subprocess, sys
            code = subprocess.run([sys.executable] + sys.argv[1:]).returncode
            open("\(folder)/peak", "w").write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
            sys.exit(code)
            """
        try Data(wrapper.utf8).write(to: URL(fileURLWithPath: folder + "/python"))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder + "/python")
        func peak(rows: Int) async throws -> Int {
            let script =
                "import sys, pyarrow as pa, pyarrow.parquet as pq; pq.write_table(pa.table({'a': pa.nulls(\(rows), pa.int8())}), sys.argv[1])"
            try #require(try Self.run(["-c", script, folder + "/t.parquet"]) == 0)
            _ = try await TableFile.read(folder + "/t.parquet", environment: ["ASSAY_PYTHON": folder + "/python"])
            return try #require(Int(String(contentsOfFile: folder + "/peak", encoding: .utf8)))
        }
        let few = try await peak(rows: 10), many = try await peak(rows: 1_000_000)
        #expect(many - few < 100_000, "\(few) KiB for ten rows, \(many) KiB for a million")
    }
}
