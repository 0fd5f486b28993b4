/** Something that whoever started the command can put right: shown as its message, without a stack. */
export class SetupError extends Error {}
