// The messages of all spec problems: one sentence on the problem and one on its fix.

import Basics

extension SpecProblem {
    /// The problem, as one sentence without a period. May quote values of the spec; `Finding.diagnostic` masks keys.
    package var message: String {
        switch self {
        case .unreadableFile(let file, let reason): "cannot read '\(file)': \(reason)"
        case .tooLarge(let bytes, let limit):
            "the file has \(bytes) bytes; at most \(limit) are read"
        case .tooDeep(let limit): "lists and maps are nested deeper than \(limit) levels"
        case .tooManyNodes(let limit): "with aliases expanded, the file has more than \(limit) values"
        case .outOfMemory: "there is not enough memory to read the file"
        case .notUTF8: "the file is not UTF-8 at this position"
        case .controlCharacter(let byte): "YAML does not allow the control character \(controlName(byte))"
        case .yamlSyntax(let problem, let mistake):
            switch mistake {
            case .tab: "YAML does not allow tabs for indentation"
            case .missingColon: "this key has no ':' after it"
            case .missingSpace: "this ':' has no space after it"
            case .indentation: "this line is indented differently from the lines of its block"
            case .colonInText: "a ': ' is not allowed here"
            case .curlyQuote: "a ': ' in unquoted text: '“' is not a quotation mark in YAML"
            case .bareVariable: "a '${…}' inside brackets must be quoted"
            case .unclosedBracket: "a bracket is not closed, or a comma is missing, before this position"
            case .unclosedQuote: "a quoted string is not closed before this position"
            case .reservedCharacter: "an unquoted string cannot begin with this character"
            case .missingSpaceAfterDash: "this '-' has no space after it"
            case .escape: "this is not a valid escape in double quotes"
            case .other: problem
            }
        case .duplicateKey(let key): "'\(key)' occurs twice in one map"
        case .keyIsNoText: "a key must be a string, not a list or a map"
        case .mergeOfNoMap: "'<<' merges maps, but this is not a map"
        case .unknownTag(let tag): "the tag '\(tag)' is not supported"
        case .unknownAlias(let name, _): "no anchor '&\(name)' is defined before this alias"
        case .aliasInsideItself(let name): "'*\(name)' is inside the value that it refers to"
        case .emptyFile: "the file has no content"
        case .severalDocuments: "the file has more than one YAML document"
        case .extendsTooLong(let limit): "more than \(limit) files or entries in one chain of 'extends'"
        case .extendsCycle(let chain): "circular 'extends': \(chain.joined(separator: " → "))"
        case .badEnvironmentFile(let line): "line \(line) of .env is not NAME=value"

        case .unknownKey(SpecLoader.auditKey, _, _, _): "this file is an audit, not a spec"
        case .unknownKey(let key, let entity, _, _): "'\(key)' is not a key of \(entity)"
        case .misplacedKey(let key, let entity, _): "'\(key)' is not a key of \(entity)"
        case .missingKey(let key, let entity, _): "\(entity) needs the key '\(key)'"
        case .needsOneOf(let keys, let entity): "\(entity) needs \(oneOf(keys))"
        case .excludes(let keys, let entity): "\(entity) accepts only one of \(and(keys))"
        case .wrongType(let expected, let found, _): "\(expected) expected here, not \(found)"
        case .unknownValue(let value, let expected, _, _): "'\(value)' is not \(expected)"
        case .outOfRange(let value, let expected): "\(value) is not \(expected)"
        case .badFormat(let value, let expected): "'\(value)' is not \(expected)"
        case .badName(let name): "'\(name)' cannot be a name"
        case .badFileName(let reason): "this text cannot be the name of a folder: \(reason)"
        case .reservedVariant(let name): "'\(name)' cannot be the name of a variant"
        case .newerFormat(let version): "this spec has format \(version); this assay reads format 1"
        case .missingEnvironment(let name, let isNeededNow):
            "the environment variable \(name) is not set" + (isNeededNow ? ", and this value is needed now" : "")
        case .secretInSpec(let key): "'\(key)' must not be written in the file"
        case .badAddress(let reason): "this is not a server address: \(reason)"
        case .insecureAddress(let provider):
            "the provider '\(provider)' is on another machine, and plain http exposes its keys and data to the network"
        case .badVariable(let text): "'\(text)' is not an environment variable"

        case .unknownReference(let kind, let name, _, _): "there is no \(kind) '\(name)'"
        case .unknownPart(let part, _): "'\(part)' is not a part of a split"
        case .unknownPath(let path, let component, _): "the path '\(path)' does not exist: there is no '\(component)'"
        case .unknownMetric(let path, let component, _, _):
            "the metric '\(path)' will not be measured: there is no '\(component)'"
        case .metricGoesOn(let path, _): "the metric '\(path)' is not a number"
        case .metricWithoutLatency(let path, let evaluation):
            "the metric '\(path)' will not be measured: '\(evaluation)' does not measure latency"
        case .badTask(let message, _): message
        case .mixedSplit: "one part of the split is a number and another a percentage"
        case .splitAboveWhole(let percent): "the parts of the split add up to \(JSONValue.double(percent).canonical)%"
        case .unsupportedByTask(let part, let task, _): "the task '\(task)' cannot use \(part)"
        case .unusedVariable(let name): "the prompt does not contain '{{ \(name) }}'"
        case .itemVariableInSystem(let name): "'{{ \(name) }}' differs from item to item and cannot be in the system message"
        case .unknownPlaceholder(let name, _): "'{{ \(name) }}' is not a known prompt variable"
        case .singleBraces(let text): "'\(text)' is sent literally and not replaced by the labels"
        case .partlessDataset(let split): "the split '\(split)' uses the dataset's own parts, but the dataset has none"
        case .imageParts(let count):
            count == 0 ? "the user message contains no image" : "the user message contains \(count) images"
        case .emptySplit(let name): "the split '\(name)' has no images"
        case .emptyPart(let part): "'\(part)' has no images"
        case .splitTooLarge(let needed, let available, let what):
            "the parts need \(needed) images of each label, but \(what) \(available)"
        case .missingSeed: "a shuffled order needs a seed"
        case .needsDataset: "models and evaluations need a dataset"
        case .inconsistentDataset(let message, _), .badJudge(let message, _): message
        case .pixelsOfResized(let model):
            "'\(model)' is requested to return boxes in pixels, but its provider resizes images before the model sees them"
        case .fineTunedInBatch(let model, _):
            "the fine-tuned model '\(model)' is queried through a batch, which the provider rejects"
        case .missingDeployment(let model, let key): "the model '\(model)' has no '\(key)' to send requests to"
        case .batchSKUForOnline(let sku): "a deployment with the SKU \(sku) only runs batches"
        case .missingAsk(let model): "the request for '\(model)' is missing"
        case .localModelAsked(let model): "'\(model)' runs on this machine and takes no request"
        case .recordedModelAsked(let model): "the answers of '\(model)' are recorded, so it takes no request"
        case .missingSchemaName: "a JSON answer needs a name for its schema"
        case .missingControlPlane(let model, let provider, let group, _):
            "'\(model)' must be deployed, but the provider '\(provider)' has no \(group.replacing("_", with: " "))"
        case .wrongMethod(let key, let method, _): "'\(key)' does not apply to the method '\(method)'"
        case .missingGrader: "reinforcement needs a grader"
        case .checkpointsWithoutEpochs: "evaluate_checkpoints requires the number of epochs"
        case .tooFewExamples(let count, let limit): "\(count) training examples are fewer than the provider's minimum of \(limit)"
        case .tooMuchValidation(let count, let training, let share):
            "\(count) validation examples of each label are more than \(Int((share * 100).rounded()))% of its \(training) training "
                + "examples, which the provider rejects"
        case .needsVersion(let key, let provider, let version, _):
            "the api-version \(version) of '\(provider)' does not support '\(key)'"
        case .noTrainingTypes(let provider): "'kind: \(provider)' does not support 'training_type'"
        case .tooManyImages(let count, let limit):
            "\(count) images in one request exceed the provider's limit of \(limit)"
        case .missingPrice(let model, let use, let table, _, _, let hasBudget):
            "'\(model)' has no \(use == .training ? "training price" : "price") in \(table): its cost is unknown"
                + (hasBudget ? ", and the budget cannot be enforced" : "")
        case .retired(let model, let use, let since): "'\(model)' has been retired for \(use) since \(since)"
        case .differentImages(let models): "\(and(models)) are compared on different images"
        case .testedOnTraining(let part, let models):
            "\(and(models)) may have been trained on the images of '\(part)'"
        case .inconsistentRecipe(let what): what
        case .commandCycle(let names): "circular inputs of commands: \(names.joined(separator: " → "))"
        case .unevenZip(let counts):
            "the lists of a zip have different lengths: \(counts.map(String.init).joined(separator: ", "))"
        case .tooManyVariants(let count, let limit): "the sweep has \(count) points; at most \(limit) are planned"
        case .duplicateVariant(let name): "two variants have the name '\(name)'"
        case .unknownVariant(let name, _, _): "there is no variant '\(name)'"
        }
    }

    /// The remedy, as one sentence; `nil` when the message suffices.
    package var hint: String? {
        switch self {
        case .unreadableFile: "paths are relative to the file that names them"
        case .tooDeep, .outOfMemory: nil
        case .notUTF8: "save the file as UTF-8"
        case .emptyFile: "begin with 'assay: 1'"
        case .tooLarge: "keep data in separate files, and refer to them here"
        case .tooManyNodes: "nested aliases multiply: use fewer of them"
        case .controlCharacter: "remove it, or write it as an escape in double quotes"
        case .yamlSyntax(_, let mistake):
            switch mistake {
            case .tab: "indent with spaces"
            case .missingColon: "write 'key: value', with a space after the colon"
            case .missingSpace: "write 'key: value'"
            case .indentation: "indent all keys of one map by the same number of spaces"
            case .colonInText: "quote strings that contain ': ', or check the indentation of this line"
            case .curlyQuote: "write straight quotes: \"…\""
            case .bareVariable: "write \"${…}\""
            case .unclosedBracket: "check the brackets and commas from its start"
            case .unclosedQuote: "close it with the same kind of quote"
            case .reservedCharacter: "quote the string"
            case .missingSpaceAfterDash: "write '- ' before each item of a list"
            case .escape: "write '\\\\' for a backslash, or use single quotes"
            case .other: nil
            }
        case .duplicateKey: "keep one of the two"
        case .keyIsNoText: "text in '{{ … }}' must be quoted"
        case .mergeOfNoMap: "name an anchored map: '<<: *name'"
        case .unknownTag: "remove it"
        case .unknownAlias(let name, let nearest):
            didYouMean(nearest.map { "*" + $0 }) ?? "quote a string that begins with '*': \"*\(name)\""
        case .aliasInsideItself: "a value cannot contain itself"
        case .severalDocuments: "keep one document per file: remove the '---' between them"
        case .extendsTooLong: nil
        case .extendsCycle: "a file or an entry cannot extend itself"
        case .badEnvironmentFile: nil

        case .unknownKey(SpecLoader.auditKey, _, _, _): "'assay audit FILE' reads it"
        case .unknownKey(let key, _, let nearest, let known):
            SpecProblem.ownNames[key].flatMap { known.contains($0) ? "write '\($0)'" : nil } ?? didYouMean(nearest)
                ?? (known.isEmpty ? nil : "its keys are \(list(known))")
        case .misplacedKey(let key, _, let place): "'\(key)' belongs in \(place); check the indentation"
        case .missingKey("assay", _, _): "begin the file with 'assay: 1'"
        case .missingKey(let key, _, let meaning): "add '\(key): …' (\(beginningSmall(meaning)))"
        case .needsOneOf: nil
        case .excludes: "keep one of them"
        case .wrongType(_, _, let mistake): mistake?.hint
        case .unknownValue(_, _, let nearest, let known): didYouMean(nearest) ?? "it is one of \(list(known))"
        case .outOfRange, .badFormat: nil
        case .badFileName: "use letters, digits, '-' and '_'"
        case .reservedVariant("all"): "'--variant all' chooses all variants; choose another name"
        case .reservedVariant(let name): "'\(name)' refers to the spec without variants; choose another name"
        case .badName: "a name has letters, digits, '-' and '_', and begins with a letter or a digit"
        case .newerFormat: "write 'assay: 1', or use a newer assay"
        // A value that is needed only later may be a key, which must not be written in the file.
        case .missingEnvironment(let name, let isNeededNow):
            "set it in the shell or in a .env file next to the spec" + (isNeededNow ? ", or write ${\(name):-default}" : "")
        case .secretInSpec: "set it in the environment or a .env file, and write ${NAME} here"
        case .badAddress: "write https://HOST or https://HOST:PORT, with a path if the provider has one"
        case .insecureAddress: "use https, or add 'allow_insecure: true' to the provider"
        case .badVariable(let text): variableHint(text)

        case .unknownReference(let kind, _, let nearest, let known):
            didYouMean(nearest) ?? (known.isEmpty ? "no \(kind) is defined" : "defined: \(list(known))")
        case .unknownPart(_, let nearest):
            didYouMean(nearest) ?? "write SPLIT.train, SPLIT.validation or SPLIT.test"
        case .unknownPath(_, _, let nearest):
            didYouMean(nearest) ?? "a path consists of the spec's keys and names, as in models.cnn.train.epochs"
        case .unknownMetric(_, _, let nearest, let known):
            didYouMean(nearest) ?? (known.isEmpty ? nil : "available here: \(list(known))")
        case .metricGoesOn(_, let known): "continue with one of \(list(known))"
        case .metricWithoutLatency: "add 'concurrency: 1' to the evaluation, or name one that has it"
        case .badTask(_, let hint): hint
        case .mixedSplit: "use either numbers or percentages for all parts"
        case .splitAboveWhole: "the percentages can add up to at most 100%"
        case .unsupportedByTask(_, _, let hint): hint
        case .unusedVariable(let name): "add it to a text of 'user': all items of an image get the same request without a \(name)"
        case .itemVariableInSystem(let name): "move '{{ \(name) }}' to a text of 'user'"
        case .unknownPlaceholder(_, let known) where !known.isEmpty:
            "the task's prompts support \(and(known.map { "{{ \($0) }}" })) besides the forms of '{{ labels }}'"
        case .unknownPlaceholder:
            "'{{ labels }}' lists the labels separated by commas, '{{ labels | list }}' one on each line, '{{ labels | json }}' as JSON"
        case .singleBraces: "write '{{ labels }}' for the list of labels"
        case .partlessDataset: "give the dataset 'layout: split-folders', or the split numbers instead of 'from: dataset'"
        case .imageParts: "it must contain 'image' exactly once"
        case .emptySplit: "give 'train', 'validation' or 'test' a number, or 'from: dataset'"
        case .emptyPart: "give that part of the split a number of images"
        case .splitTooLarge: "use fewer images, or add images to the dataset"
        case .missingSeed: "add 'seed: 42'"
        case .needsDataset: "add 'dataset:' with 'archive', 'folder', 'table' or 'generate'"
        case .inconsistentDataset(_, let hint), .badJudge(_, let hint): hint
        case .pixelsOfResized: "request thousandths of the image: 'boxes: xyxy-1000'"
        case .fineTunedInBatch(_, let request): "send online requests: 'online: \(request)'"
        case .missingDeployment(_, let key): "add '\(key): NAME' to the model"
        case .batchSKUForOnline: "use Standard, GlobalStandard or DeveloperTier"
        case .missingAsk: "write 'batch: REQUEST' or 'online: REQUEST'"
        case .localModelAsked, .recordedModelAsked: "write '{}'"
        case .missingSchemaName: "add 'name: …' next to 'json'"
        case .missingControlPlane(_, _, let group, let keys): "add '\(group):' with \(unquoted(keys))"
        case .wrongMethod(_, _, let owner): "it is only for \(owner)"
        case .checkpointsWithoutEpochs(let key): "give 'hyperparameters: { \(key ?? "n_epochs"): … }' a number"
        case .missingGrader: "add 'grader: { string_check: { operation: eq } }'"
        case .tooFewExamples: "train on more images of each label"
        case .tooMuchValidation: "make the validation part smaller, or write 'validation: false'"
        case .needsVersion(_, _, _, let hint): hint
        case .noTrainingTypes: "remove it: this provider offers no choice"
        case .tooManyImages: "use fewer examples in the prompt, or fewer frames per clip"
        case .missingPrice(_, _, _, let nearest, let isBuiltIn, _):
            didYouMean(nearest)
                ?? (isBuiltIn
                    ? "name your own price table with 'prices: FILE', or write 'price: free' if it costs nothing"
                    : "add it to the table, or write 'price: free' if it costs nothing")
        case .retired: "choose a model that can still be used, or plan without running"
        case .differentImages: "use one split for all of them to make the comparison paired"
        case .testedOnTraining: "evaluate a part that no model was trained on"
        case .inconsistentRecipe: nil
        case .commandCycle: "remove one of the inputs"
        case .unevenZip: "use lists of equal length, or a grid"
        case .tooManyVariants: "use fewer values"
        case .duplicateVariant: "rename one of them"
        case .unknownVariant(_, let nearest, let known):
            didYouMean(nearest) ?? (known.isEmpty ? "the spec has no variants" : "it has \(list(known))")
        }
    }

    /// The corrected form of an invalid variable, or the general syntax.
    private func variableHint(_ text: String) -> String {
        let word = #/\$\{\s*([A-Za-z_][A-Za-z0-9_]*)\s*(?:(?::[-=?]?|[-=?])([^}]*?))?\s*\}?/#
        if let match = text.wholeMatch(of: word) {
            let fallback = match.output.2.map { $0.isEmpty ? "" : ":-\($0)" } ?? ""
            return "write ${\(match.output.1)\(fallback)}; for a literal '${', write $${"
        }
        return "write ${NAME} or ${NAME:-default}, with letters, digits and '_' in the name; "
            + "for a literal '${', write $${"
    }

    /// A sentence with a lower-case first letter, unless it starts with an abbreviation.
    private func beginningSmall(_ text: String) -> String {
        guard let first = text.first, text.dropFirst().first?.isUppercase != true else { return text }
        return first.lowercased() + text.dropFirst()
    }

    /// The keys of this format for settings that Gemini names differently.
    private static let ownNames = [
        "max_output_tokens": "max_tokens", "media_resolution": "detail", "thinking_level": "reasoning_effort",
        "thinking_budget": "reasoning_effort", "thinking_config": "reasoning_effort", "epoch_count": "epochs",
    ]

    private func didYouMean(_ word: String?) -> String? { word.map { "did you mean '\($0)'?" } }

    private func controlName(_ byte: UInt8) -> String {
        let hex = String(byte, radix: 16, uppercase: true)
        return "U+" + String(repeating: "0", count: 4 - hex.count) + hex
    }

    /// The first twelve words, joined by commas.
    private func list(_ words: [String]) -> String {
        words.prefix(12).joined(separator: ", ") + (words.count > 12 ? ", …" : "")
    }

    private func and(_ words: [String]) -> String {
        let quoted = words.map { "'\($0)'" }
        guard let last = quoted.last, quoted.count > 1 else { return quoted.first ?? "" }
        return quoted.dropLast().joined(separator: ", ") + " and " + last
    }

    private func unquoted(_ words: [String]) -> String {
        guard let last = words.last, words.count > 1 else { return words.first ?? "its keys" }
        return words.dropLast().joined(separator: ", ") + " and " + last
    }

    private func oneOf(_ keys: [String]) -> String {
        keys.count == 1 ? "the key '\(keys[0])'" : "one of the keys " + keys.map { "'\($0)'" }.joined(separator: ", ")
    }
}

extension SpecProblem.TypeMistake {
    var hint: String {
        switch self {
        case .quotedNumber(let text), .quotedFlag(let text): "remove the quotes: \(text)"
        case .yesNo(let value): "write \(value): in YAML 1.2 'yes' and 'no' are strings"
        case .unquotedText(let text): "put it in quotes: \"\(text)\""
        case .percentage(let number): "write \(number)"
        case .singleItem: "put it in brackets: [ … ]"
        case .digitGroups(let digits): "write \(digits)"
        case .mapForList: "begin each item with '- ', or put it in brackets: [{ … }]"
        case .emptyValue: "write a value after the colon, or remove the key"
        case .keysWanted(let keys): "write { \(keys.map { $0 + ": …" }.joined(separator: ", ")) }"
        case .form(let text): "write \(text)"
        }
    }
}

extension SpecProblem.Related {
    var message: String {
        switch self {
        case .firstHere(let name): "'\(name)' occurs first here"
        case .began(let what): "\(what) that begins here"
        case .definedHere(let name): "'\(name)' is defined here"
        case .usedHere(let name): "'\(name)' is used here"
        case .inVariant(let name): "in the variant '\(name)'"
        }
    }
}
