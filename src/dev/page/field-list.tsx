import { type FieldError, type FieldHelp, isErrorOf } from './field-help.ts'
import { visible } from './text.ts'

/** The schema's fields as help, each with what is wrong about its value. */
export function FieldList({
  fields,
  errors,
}: {
  fields: readonly FieldHelp[]
  errors: readonly FieldError[]
}) {
  if (fields.length === 0) return <p class="hint">The schema has no fields.</p>
  return (
    <section>
      <h3>Fields</h3>
      <ul class="fields">
        {fields.map((field) => (
          <FieldRow
            key={field.path}
            field={field}
            errors={errors.filter((error) => isErrorOf(error, field))}
          />
        ))}
      </ul>
    </section>
  )
}

function FieldRow({ field, errors }: { field: FieldHelp; errors: readonly FieldError[] }) {
  const { path, type, isRequired, oneOf, description } = field
  return (
    <li class={errors.length > 0 ? 'wrong' : undefined}>
      <p>
        <code class="path">{visible(path)}</code> <span class="quiet">{type}</span>{' '}
        {isRequired && <span class="tag">required</span>}
      </p>
      {description && <p>{visible(description)}</p>}
      {(field.default !== undefined || oneOf) && (
        <p class="quiet">
          {field.default !== undefined && (
            <>
              default <code>{visible(JSON.stringify(field.default))}</code>
            </>
          )}
          {field.default !== undefined && oneOf && ', '}
          {oneOf && (
            <>
              one of <code>{oneOf.map((value) => visible(JSON.stringify(value))).join(', ')}</code>
            </>
          )}
        </p>
      )}
      {errors.map((error) => (
        <p class="field-error" key={error.path}>
          {error.path !== path && <code>{visible(error.path)}: </code>}
          {visible(error.message)}
        </p>
      ))}
    </li>
  )
}
