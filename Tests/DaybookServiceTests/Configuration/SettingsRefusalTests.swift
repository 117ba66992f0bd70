import DaybookService
import Testing

@Suite struct `Settings that are refused` {
    @Test func `an unknown key in the file is refused by its name, and the closest key is named`() throws {
        let found = try problems(load(file: "http: {prot: 1}"))
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("unknown key http.prot in file ") == true)
        #expect(found.first?.hasSuffix("; did you mean http.port?") == true)
    }

    @Test func `an unknown flag is refused by its name, and the closest flag is named`() throws {
        let found = try problems(load(sample, "--http-prot", "1"))
        #expect(found == ["unknown flag --http-prot; did you mean --http-port?"])
        #expect(try problems(load(sample, "--confg=x")) == ["unknown flag --confg; did you mean --config?"])
    }

    @Test func `an unknown variable is refused by its name, and the closest variable is named`() throws {
        let found = try problems(load(environment: ["DAYBOOK_HTTP_PROT": "1"]))
        #expect(found == ["unknown environment variable DAYBOOK_HTTP_PROT; did you mean DAYBOOK_HTTP_PORT?"])
    }

    @Test func `nothing is proposed for a name that is like no other`() throws {
        #expect(try problems(load(sample, "--zzzzzz", "1")) == ["unknown flag --zzzzzz"])
    }

    @Test(arguments: [
        ("http.port", "eighty", "a whole number from 0 to 65535"), ("http.verbose", "yes", "true or false"),
        ("relay.pause", "10", "a duration such as 500ms, 10s or 2m"), ("log.level", "loud", "one of debug, info"),
    ])
    func `a value of the wrong kind is refused with what to write instead`(
        key: String, value: String, expected: String
    ) throws {
        let flag = "--" + key.split(separator: ".").joined(separator: "-")
        let found = try problems(load(sample, "\(flag)=\(value)"))
        #expect(found == ["\(key) from flag \(flag): found \"\(value)\", expected \(expected)"])
    }

    @Test(arguments: ["-1", "65536", "99999999999999999999", ""])
    func `a number out of range is refused`(value: String) throws {
        let found = try problems(load(environment: ["DAYBOOK_HTTP_PORT": value]))
        let origin = "environment variable DAYBOOK_HTTP_PORT"
        #expect(
            found == ["http.port from \(origin): found \"\(value)\", expected a whole number from 0 to 65535"])
    }

    @Test(arguments: ["0", "65535"])
    func `the ends of a range belong to it`(value: String) throws {
        #expect(try load(sample, "--http-port", value).string("http.port") == value)
    }

    @Test func `a required setting must be given, and not as nothing`() throws {
        let complaint = """
            sources is required: give text with --sources, DAYBOOK_SOURCES or in the configuration file \
            (whose events to post)
            """
        #expect(try problems(load([required])) == [complaint])
        #expect(try problems(load([required], environment: ["DAYBOOK_SOURCES": ""])) == [complaint])
        #expect(try load([required], file: "sources: a").string("sources") == "a")
    }

    @Test func `a value that a stronger one hides is judged all the same`() throws {
        let found = try problems(load(sample, "--http-port", "1", environment: ["DAYBOOK_HTTP_PORT": "x"]))
        #expect(found.count == 1)
    }

    @Test func `a flag given twice, without a value or without dashes is refused`() throws {
        #expect(
            try problems(load(sample, "--http-port=1", "--http-port=2")) == [
                "http.port from flag --http-port: given more than once"
            ])
        #expect(
            try problems(load(sample, "--store-path")) == [
                "store.path from flag --store-path: no value, expected text"
            ])
        #expect(
            try problems(load(sample, "start")) == [
                "unexpected argument \"start\": settings are given as --name value"
            ])
    }

    @Test func `all problems are told at once`() throws {
        let found = try problems(
            load(
                sample + [required], "--http-prot", "1", environment: ["DAYBOOK_LOG_LEVEL": "loud", "DAYBOOK_X": "1"],
                file: "relay.pause: soon\nnonsense: 1"))
        #expect(found.count == 6)
        for part in ["--http-prot", "DAYBOOK_X", "nonsense", "log.level", "relay.pause", "sources is required"] {
            #expect(found.contains { $0.contains(part) }, "\(part)")
        }
        #expect(ConfigurationError(found).description == found.joined(separator: "\n"))
    }
}
