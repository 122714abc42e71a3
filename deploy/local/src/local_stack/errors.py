"""What can go wrong on the way up, said to the person who typed the command."""


class StackError(Exception):
    """Stop with a message that says what happened and what to do next; it is shown without a stack trace."""
