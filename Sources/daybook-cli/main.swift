import DaybookCLI

await DaybookCommand.main()
