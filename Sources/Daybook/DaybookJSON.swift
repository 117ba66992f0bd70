// A domain that reads old events as JSON needs no import of its own for it.
@_exported public import DaybookJSON
