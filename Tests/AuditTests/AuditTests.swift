// Audits of recorded answers.

import Audit
import Basics
import Foundation
import Statistics
import TaskKit
import Tasks
import Testing

struct AuditTests {
    private func audit(
        _ text: String, task name: String = "classify", roles: [String: String] = [:], models: [String] = [],
        split: String? = nil, tasks: TaskRegistry? = nil
    ) throws -> AuditResults {
        let registry = tasks ?? TaskRegistry([Tag.self, Count.self, Measure.self, Extract.self, Detect.self, Caption.self])
        let task = try AuditTasks.task(name, in: registry)
        let input = try AuditInput(
            Data(text.utf8), AuditRequest(file: "answers.csv", task: task, roles: roles, models: models, split: split))
        return AuditResults(input, task: task)
    }

    /// An audit of labels had only exact accuracy, while a run also reports the normalized one.
    @Test(arguments: [false, true]) func accuracyWithoutDifferencesOfSpelling(_ isStandard: Bool) throws {
        let results = try audit(
            "id,label,base\n1,Basset Hound,basset hound\n2,Pug,**Pug**\n3,Pug,Category: Pug\n4,Pug,Basset Hound\n5,Pug,Pug: Basset Hound\n6,Pug,\n",
            tasks: isStandard ? .standard : nil)
        func value(_ name: String) -> Double? {
            results.table.all.firstIndex { $0.name == name }.flatMap { results.models[0].results[$0].value }
        }
        #expect(value("accuracy") == 0)
        #expect(value("accuracy_normalized") == 0.5)
    }

    struct Blank: Sendable, CustomTestStringConvertible {
        var id: String
        var table: String
        var task = "tag"
        var items: Int
        var blank: Int
        var testDescription: String { id }
    }

    /// The separators that a spreadsheet writes below a table were images without tags, and right.
    @Test(arguments: [
        Blank(id: "at the end", table: "tags,base\na,a\n,\n , \n", items: 1, blank: 2),
        Blank(id: "between rows", table: "tags,base\n,\na,a\n", items: 2, blank: 0),
        Blank(id: "with an id", table: "id,tags,base\n1,a,a\n2,,\n,,\n", items: 2, blank: 1),
        Blank(id: "labels", table: "label,base\na,a\n,\n", task: "classify", items: 1, blank: 1),
        Blank(id: "JSON Lines", table: #"{"tags": [], "base": ""}"#, items: 1, blank: 0),
    ])
    func rowsWithoutContentAtTheEndAreNotScored(_ item: Blank) throws {
        let results = try audit(item.table, task: item.task)
        #expect(results.items == item.items && results.input.blankRows == item.blank)
        #expect(results.text.contains("without content at the end of the table") == (item.blank > 0), "\(results.text)")
    }

    struct References: Sendable, CustomTestStringConvertible {
        var id: String
        var header: String
        var models: [String]
        var unused: [String]
        var testDescription: String { id }
    }

    /// A second column with the reference was a model that is always right.
    @Test(arguments: [
        References(id: "truth", header: "truth,label,base", models: ["base"], unused: ["truth"]),
        References(id: "other spelling", header: "Ground Truth,label,base", models: ["base"], unused: ["Ground Truth"]),
        References(id: "the only reference", header: "id,truth,base", models: ["base"], unused: []),
        References(id: "a model of a similar name", header: "label,truthful,base", models: ["truthful", "base"], unused: []),
    ])
    func aSecondReferenceIsNoModel(_ item: References) throws {
        let input = try AuditInput(
            Data("\(item.header)\na,a,a\nb,b,a\n".utf8),
            AuditRequest(file: "answers.csv", task: AuditTasks.task("classify", in: TaskRegistry([]))))
        #expect(input.models.map(\.name) == item.models)
        #expect(input.unusedColumns == item.unused)
    }

    @Test func identicalAnswersShowNoDifference() throws {
        let rows = (1...16).map { "\($0),cat,\($0 == 7 ? "dog" : "cat"),\($0 == 7 ? "dog" : "cat")" }
        let results = try audit("id,label,base,tuned\n" + rows.joined(separator: "\n"))
        #expect(results.models.map(\.name) == ["base", "tuned"])
        #expect(results.models[0].results[0].value == 15.0 / 16)
        #expect(results.models[0].results[0].interval == Proportion(15, of: 16).wilson())
        let pair = try #require(results.pairs.first { $0.metric.name == "accuracy" })
        #expect(pair.isIdentical && pair.comparison.pValue == 1 && pair.comparison.difference == 0)
        #expect(results.text.contains("identical answers to all 16 items"))
        let json = results.document
        #expect(json["evaluations"]?["audit"]?["base"]?["accuracy"]?.double == 0.9375)
        #expect(json["comparisons"]?["audit"]?["accuracy"]?["tuned"]?["base"]?["p_value"]?.double == 1)
        #expect(json["comparisons"]?["audit"]?["accuracy"]?["base"]?["tuned"]?["paired"]?.bool == true)
    }

    /// Guards against [100.0, 100.0] as the interval of a single item, and against conclusions from no answers.
    @Test func fewItemsClaimNothing() throws {
        let one = try audit("id,label,base\n1,cat,cat\n")
        let widths = one.models[0].results.compactMap { $0.interval.map { $0.high - $0.low } }
        #expect(!widths.isEmpty && widths.allSatisfy { $0 > 0 }, "\(one.text)")
        #expect(one.text.contains("in a single item are"), "\(one.text)")
        let none = try audit("{\"id\": \"a\", \"label\": \"cat\", \"m\": null}\n")
        #expect(none.text.contains("No answer is recorded") && !none.text.contains("unseen"), "\(none.text)")
    }

    /// The mean error of two answers was shown as that of four items, and the limits counted items without answers.
    @Test func metricsStateTheirItems() throws {
        let results = try audit(
            "{\"id\": 1, \"number\": 3, \"m\": \"3\"}\n{\"id\": 2, \"number\": 3, \"m\": \"7\"}\n"
                + "{\"id\": 3, \"number\": 3, \"m\": \"none\"}\n{\"id\": 4, \"number\": 3, \"m\": null}\n", task: "count")
        let model = results.document["evaluations"]?["audit"]?["m"]
        #expect(model?["n"]?.int == 3 && model?["mae"]?.double == 2)
        for name in ["mae_n", "median_error_n", "rmse_n", "bias_n"] { #expect(model?[name]?.int == 2, "\(name)") }
        #expect(model?["exact_n"] == nil)
        #expect(results.text.contains("m: mean absolute error over 2 of 3 items, 1 missing answer, not counted, 1 unreadable"))
        #expect(results.text.contains("too rare to appear in these 2 items"), "\(results.text)")
    }

    /// Guards: an empty transcription of a blank page counted as wrong.
    @Test func emptyAnswersAboutNothing() throws {
        let results = try audit("id,text,m\n1,,\n2,one,\n3,,two\n4,one,one\n", task: "transcribe", tasks: .standard)
        let model = try #require(results.models.first)
        #expect(model.answered == 3 && model.empty == 1)
        let exact = try #require(results.table.all.firstIndex { $0.name == "exact" })
        #expect(model.results[exact].value == 0.5 && model.results[exact].items == 4)
    }

    /// Guards: partial scores were added up and printed as a number of right answers.
    @Test(arguments: [("abcdX", nil), ("zzzzz", 1), ("abcde", 2)] as [(String, Int?)])
    func rightAnswersAreCounted(_ answer: String, _ right: Int?) throws {
        let results = try audit(
            "answers,m\nabcde,abcde\nabcde,\(answer)\n", task: "answer", tasks: .standard)
        #expect(results.models.first?.right == right)
        #expect(results.text.contains("of 2 right") == (right != nil), "\(results.text)")
    }

    @Test func partsGroupsAndKindsOfAnswers() throws {
        let table = """
            {"id": "a", "group": "g", "split": "test", "label": "cat", "m": "cat", "n": null}
            {"id": "b", "group": "g", "split": "test", "label": "dog", "m": "", "n": "dog"}
            {"id": "c", "group": "h", "split": "train", "label": "dog", "m": "dog", "n": "dog"}
            {"id": "d", "group": "h", "split": "test", "label": "dog", "m": "a cow"}
            """
        let results = try audit(table)
        #expect(results.items == 3 && results.groups == 2)
        let m = try #require(results.models.first)
        #expect(m.name == "m" && m.empty == 1 && m.missing == 0 && m.readings[.clean] == 2)
        #expect(m.results[0].value == 1.0 / 3)
        #expect(results.models[1].missing == 2 && results.models[1].results[0].items == 1)
        #expect(try audit(table, split: "train").items == 1)
        // Like the table of a dataset: without case and outer spaces.
        #expect(try audit("label,split,m\ncat,Test ,cat\ndog,TRAIN,cat\n").items == 1)
    }

    struct Bad: Sendable, CustomTestStringConvertible {
        let id: String, table: String, place: String
        var roles: [String: String] = [:], models: [String] = [], task = "classify"
        var testDescription: String { id }
    }

    @Test(arguments: [
        Bad(id: "no reference column", table: "id,x,y\n1,a,b\n", place: "answers.csv:1:1"),
        Bad(id: "no model", table: "id,label\n1,a\n", place: "answers.csv:1:1"),
        Bad(id: "empty reference", table: "id,label,m\n1,cat,cat\n2,,cat\n", place: "answers.csv:3:3"),
        Bad(id: "repeated id", table: "label,id,m\ncat,1,cat\ndog,1,cat\n", place: "answers.csv:3:5"),
        Bad(id: "wrong column", table: "id,label,m\n1,cat,cat\n", place: "answers.csv:1:1", models: ["n"]),
        Bad(id: "wrong role", table: "id,label,m\n1,cat,cat\n", place: "answers.csv:1:1", roles: ["reference": "truth"]),
        Bad(id: "ragged row", table: "id,label,m\n1,cat\n", place: "answers.csv:2:1"),
        Bad(id: "no rows", table: "id,label,m\n", place: "answers.csv:1:1"),
        Bad(id: "empty file", table: "", place: "answers.csv:1:1"),
        Bad(id: "not a number", table: "id,number,m\n1,\"a,b\",3\n", place: "answers.csv:2:3", task: "count"),
        Bad(id: "not JSON", table: "id,fields,m\n1,total,{}\n", place: "answers.csv:2:3", task: "extract"),
        Bad(id: "a line that is no object", table: "{\"label\": \"a\", \"m\": \"a\"}\n[1]\n", place: "answers.csv:2:1"),
    ])
    func badTables(_ bad: Bad) {
        let error = #expect(throws: DiagnosticsError.self) {
            try audit(bad.table, task: bad.task, roles: bad.roles, models: bad.models)
        }
        #expect(error?.diagnostics.first?.range?.place == bad.place)
        #expect(error?.diagnostics.first?.message.isEmpty == false)
    }

    struct Columns: Sendable, CustomTestStringConvertible {
        let id: String, table: String, models: [String], unused: [String]
        var named: [String] = []
        var testDescription: String { id }
    }

    /// The index of a data frame and measurements next to answers were scored as models that are always wrong.
    @Test(arguments: [
        Columns(id: "index of a data frame", table: ",label,m\n0,a,a\n1,b,a\n", models: ["m"], unused: []),
        Columns(id: "saved index", table: "Unnamed: 0,label,m\n0,a,a\n", models: ["m"], unused: ["Unnamed: 0"]),
        Columns(
            id: "measurements", table: "id,label,base,base_confidence,Latency ms,cost_usd\n1,a,a,0.9,12,0.1\n", models: ["base"],
            unused: ["base_confidence", "Latency ms", "cost_usd"]),
        Columns(id: "verdicts", table: "label,prediction,correct\na,a,True\n", models: ["prediction"], unused: ["correct"]),
        Columns(id: "places", table: "Image Name,label,m\nx.png,a,a\n", models: ["m"], unused: []),
        Columns(id: "named by the user", table: "label,m,score\na,a,b\n", models: ["score"], unused: [], named: ["score"]),
        Columns(id: "usual names of references", table: "Ground Truth,m\na,a\n", models: ["m"], unused: []),
        Columns(id: "names of scikit-learn", table: "y_true,y_pred\na,a\n", models: ["y_pred"], unused: []),
    ])
    func columnsOfAnswers(_ columns: Columns) throws {
        let results = try audit(columns.table, models: columns.named)
        #expect(results.models.map(\.name) == columns.models)
        #expect(results.input.unusedColumns == columns.unused)
        #expect(columns.unused.allSatisfy { results.text.contains($0) }, "\(results.text)")
    }

    /// A role with a spelling mistake was ignored, and another column was the reference.
    @Test(arguments: [
        ("refrence", "did you mean 'reference'?"), ("label", "write reference=truth"),
        ("xyzzy", "the roles are reference, id, group, split"),
    ])
    func unknownRole(_ role: String, _ hint: String) {
        let error = #expect(throws: DiagnosticsError.self) {
            try audit("id,label,truth,m\n1,a,b,b\n", roles: [role: "truth"])
        }
        #expect(error?.diagnostics.first?.message.contains("'\(role)'") == true)
        #expect(error?.diagnostics.first?.hint == hint)
    }

    @Test func answersThatNameNoLabelAreNoted() throws {
        let results = try audit("label,m,n,o\ncat,cat,7,dog\ndog,cat,8,Dog\n")
        #expect(results.models.map(\.namesNoLabel) == [false, true, false])
        #expect(results.text.contains("n: 0 of 2 right, no answer is one of the labels"), "\(results.text)")
    }

    /// `only differences of at least 152.6 points are detected`.
    @Test func noDifferenceBeyondTheRangeIsDetectable() throws {
        let results = try audit("id,label,base,tuned,group\na,cat,cat,dog,g\nb,dog,dog,dog,g\nc,dog,cat,dog,\n")
        let pair = try #require(results.pairs.first { $0.metric.name == "accuracy" })
        #expect(pair.comparison.interval != nil && pair.comparison.detectable == nil)
        #expect(!results.text.contains("only differences of at least"), "\(results.text)")
    }

    @Test func oneItemIsSingular() throws {
        #expect(try audit("label,m,n\ncat,cat,cat\n").text.contains("identical answers to the only item: there"))
    }

    struct Task: Sendable, CustomTestStringConvertible {
        let name: String, table: String, metric: String, first: Double, second: Double
        var testDescription: String { name }
    }

    /// One table a task: the first model is right, the second is not.
    @Test(arguments: [
        Task(name: "tag", table: "id,tags,a,b\n1,x;y,\"x, y\",x\n2,,none,y\n", metric: "micro_f1", first: 1, second: 0.5),
        Task(name: "count", table: "id,number,a,b\n1,3,3,five\n2,4,four,4\n", metric: "mae", first: 0, second: 1),
        Task(name: "measure", table: "id,number,a,b\n1,10,10.4,10.6\n2,10,10,10\n", metric: "within", first: 1, second: 0.5),
        Task(
            name: "extract",
            table:
                "id,fields,a,b\n1,\"{\"\"t\"\": \"\"1\"\", \"\"s\"\": \"\"k\"\"}\",\"{\"\"t\"\": \"\"1\"\", \"\"s\"\": \"\"k\"\"}\",\"{\"\"t\"\": \"\"2\"\"}\"\n",
            metric: "field_f1", first: 1, second: 0),
        Task(
            name: "detect",
            table:
                #"{"id": 1, "boxes": [{"label": "c", "box": [0, 0, 10, 10]}], "a": [{"label": "c", "box": [0, 0, 10, 10]}], "b": [{"label": "c", "box": [20, 20, 30, 30]}]}"#,
            metric: "f1", first: 1, second: 0),
        Task(
            name: "caption", table: "id,captions,a,b\n1,a red bus,a red bus,a dog\n2,two small dogs,two small dogs,a cat\n",
            metric: "rouge_l", first: 1, second: 0.225),
    ])
    func tasks(_ sample: Task) throws {
        let results = try audit(sample.table, task: sample.name)
        let at = try #require(results.table.all.firstIndex { $0.name == sample.metric })
        #expect(results.models.map(\.name) == ["a", "b"])
        #expect(results.models[0].results[at].value == sample.first)
        #expect(abs((results.models[1].results[at].value ?? .nan) - sample.second) < 0.05)
        #expect(!results.text.isEmpty)
        #expect(results.document["evaluations"]?["audit"]?["a"]?[sample.metric]?.double == sample.first)
    }
}
