import DaybookService
import Testing

@Suite struct `Where settings come from` {
    private let file = "http: {port: 1}\nstore: {path: file.sqlite}\nlog: {level: debug}"

    @Test func `a default holds when nothing is given`() throws {
        let settings = try load()
        #expect(try settings.integer("http.port") == 8080)
        #expect(try settings.string("store.path") == "events.sqlite")
        #expect(try settings.duration("relay.pause") == .seconds(10))
        #expect(try settings.boolean("http.verbose") == false)
        #expect(try settings.optionalString("broker.url-file") == nil)
    }

    @Test func `the file wins over the default`() throws {
        #expect(try load(file: file).integer("http.port") == 1)
    }

    @Test func `the environment wins over the file`() throws {
        let settings = try load(environment: ["DAYBOOK_HTTP_PORT": "2"], file: file)
        #expect(try settings.integer("http.port") == 2)
    }

    @Test func `a flag wins over the environment`() throws {
        let settings = try load(sample, "--http-port", "3", environment: ["DAYBOOK_HTTP_PORT": "2"], file: file)
        #expect(try settings.integer("http.port") == 3)
    }

    @Test func `each setting is decided for itself`() throws {
        let settings = try load(
            sample, "--http-port", "3", environment: ["DAYBOOK_STORE_PATH": "environment.sqlite"], file: file)
        #expect(try settings.integer("http.port") == 3)
        #expect(try settings.string("store.path") == "environment.sqlite")
        #expect(try settings.string("log.level") == "debug")
        #expect(try settings.duration("relay.pause") == .seconds(10))
    }

    @Test func `the file a flag names is read instead of the one the environment names`() throws {
        try withFile("http.port: 7") { path in
            for arguments in [["--config", path], ["--config=\(path)"]] {
                let settings = try Settings.load(
                    sample, arguments: arguments, environment: ["DAYBOOK_CONFIG": "/nowhere/x.yaml"],
                    program: "tester")
                #expect(try settings.integer("http.port") == 7)
            }
        }
    }

    @Test func `a flag takes its value after an equals sign or as the next argument`() throws {
        #expect(try load(sample, "--store-path=a=b").string("store.path") == "a=b")
        #expect(try load(sample, "--store-path", "a=b").string("store.path") == "a=b")
    }

    @Test func `a boolean flag may stand alone`() throws {
        #expect(try load(sample, "--http-verbose", "--http-port", "1").boolean("http.verbose"))
        #expect(try !load(sample, "--http-verbose", "false").boolean("http.verbose"))
    }

    @Test func `variables of others are left alone`() throws {
        let others = ["PATH": "/bin", "HTTP_PORT": "x", "DAYBOOK_TEST_PROGRAMS": "x", "DAYBOOK_CONFIG": ""]
        #expect(try load(environment: others).integer("http.port") == 8080)
    }

    @Test func `asking for what is not declared is an error`() throws {
        let settings = try load()
        #expect(throws: ConfigurationError("http.prot is not a declared setting")) {
            try settings.string("http.prot")
        }
        #expect(throws: ConfigurationError("store.path is not declared as a whole number")) {
            try settings.integer("store.path")
        }
    }
}
