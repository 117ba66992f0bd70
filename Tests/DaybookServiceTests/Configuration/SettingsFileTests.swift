import DaybookService
import Testing

@Suite struct `The configuration file` {
    @Test(arguments: [
        "http:\n  port: 1\nbroker:\n  url-file: x", "http.port: 1\nbroker.url-file: x",
        "{http: {port: '1'}, broker.url-file: \"x\"}",
    ])
    func `takes nested maps and dotted keys`(text: String) throws {
        let settings = try load(file: text)
        #expect(try settings.integer("http.port") == 1)
        #expect(try settings.string("broker.url-file") == "x")
    }

    @Test(arguments: ["", "# nothing yet\n", "http:\n", "http:\n  # port: 1\n  port:\n", "~"])
    func `changes nothing where it says nothing`(text: String) throws {
        #expect(try load(file: text).integer("http.port") == 8080)
    }

    @Test func `empties a setting with quotes around nothing`() throws {
        #expect(try load(file: "broker.password-file: ''").optionalString("broker.password-file") == nil)
    }

    @Test func `keeps text as it is written`() throws {
        #expect(try load(file: "store.path: 0x10").string("store.path") == "0x10")
        #expect(try load(file: "store.path: 1.50").string("store.path") == "1.50")
        #expect(try load(file: "store.path: yes").string("store.path") == "yes")
    }

    @Test func `may say a thing once, by whatever name`() throws {
        let found = try problems(load(file: "http.port: 1\nhttp:\n  port: 2"))
        #expect(found.count == 1)
        #expect(found.first?.hasSuffix(": given more than once") == true)
        #expect(try problems(load(file: "http.port: 1\nhttp.port: 2")).first?.contains("more than once") == true)
    }

    @Test func `has no list or map where a value belongs`() throws {
        for text in ["http: {port: [1, 2]}", "http: {port: {a: 1}}"] {
            let found = try problems(load(file: text))
            #expect(found.count == 1)
            #expect(
                found.first?.hasSuffix(": found a list or a map, expected a whole number from 0 to 65535") == true)
        }
    }

    @Test(arguments: ["http: 8080", "http: [1]"])
    func `has no value where a section belongs`(text: String) throws {
        let found = try problems(load(file: text))
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("unknown key http in file ") == true)
    }

    @Test(arguments: ["- a\n- b", "just text"])
    func `is a map`(text: String) throws {
        let found = try problems(load(file: text))
        #expect(found.count == 1)
        #expect(found.first?.hasSuffix(": expected a map of settings at the top") == true)
    }

    @Test func `that is no YAML is refused with the line`() throws {
        let found = try problems(load(file: "http:\n  port: 1\n bad: 2\n"))
        #expect(found.count == 1)
        #expect(found.first?.contains(": not valid YAML at line 3: ") == true)
    }

    @Test func `that does not exist is refused by its path`() throws {
        for found in [
            try problems(load(sample, "--config", "/nowhere/x.yaml")),
            try problems(load(environment: ["DAYBOOK_CONFIG": "/nowhere/x.yaml"])),
        ] {
            #expect(found.count == 1)
            #expect(found.first?.hasPrefix("file /nowhere/x.yaml: cannot be read: ") == true)
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `is not walked through where maps refer to each other, and may refer to values`() throws {
        let bomb = (1...40).map { "m\($0): &m\($0) {a: *m\($0 - 1), b: *m\($0 - 1)}" }
        let found = try problems(load(file: "m0: &m0 {a: 1}\n" + bomb.joined(separator: "\n")))
        #expect((41...100).contains(found.count))
        #expect(found.contains { $0.hasPrefix("unknown key m40.b in file ") })
        #expect(try load(file: "store.path: &p x\nbroker.url-file: *p").string("broker.url-file") == "x")
    }

    /// A file within the bound of size in which each of many keys stands for a map of many keys.
    @Test(.timeLimit(.minutes(1))) func `is not walked through where many keys refer to one large map`() throws {
        let large = (0..<40_000).map { "k\($0): 1" }.joined(separator: ", ")
        let aliases = (0..<20_000).map { "a\($0): *m" }.joined(separator: "\n")
        let found = try problems(load(file: "m: &m {\(large)}\n\(aliases)"))
        #expect(found.count == 1)
        #expect(found.first?.hasSuffix(": more than 1000 keys, with those that aliases repeat") == true)
    }

    @Test(.timeLimit(.minutes(1))) func `has keys of any length, which are like no other`() throws {
        let found = try problems(load(file: "? \(String(repeating: "k", count: 1_000_000))\n: 1\nhttp.prt: 1"))
        #expect(found.count == 2)
        #expect(found.first?.hasPrefix("unknown key kkk") == true)
        #expect(found.last?.hasSuffix("; did you mean http.port?") == true)
    }

    @Test func `is of a bounded size`() throws {
        let found = try problems(load(sample, "--config", "/dev/zero"))
        #expect(found.count == 1 && found.first?.hasPrefix("file /dev/zero: cannot be read: ") == true)
    }

    @Test func `must be named after its flag`() throws {
        #expect(try problems(load(sample, "--config")) == ["flag --config needs the path of a file"])
        #expect(try problems(load(sample, "--config=")) == ["flag --config needs the path of a file"])
    }
}
