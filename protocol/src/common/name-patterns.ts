/** Grammar of a resource name; on the wire and in a failure record a resource's id is its name. Case-sensitive. */
export const RESOURCE_NAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;

/** No dot, so that `type.resource` names the host of a single resource without ambiguity. */
export const TYPE_NAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
