import { Aws, Fn, Token } from 'aws-cdk-lib';
import { TEMPLATE } from './template.generated';

/** The values of the parameters of template.yaml. Without one it has its default; a list stays a list. */
export type Parameters = Record<string, string | string[] | undefined>;

/** What the references of template.yaml stand for in a stack of the CDK. */
export interface References {
  readonly parameters: () => Parameters;
  /** A resource of the template as the CDK made it: its `Ref`, or the attribute of that name. */
  readonly resource: (logicalId: string, attribute?: string) => string;
}

/** The properties of a resource in template.yaml, not evaluated. */
export function propertiesOf(logicalId: string): any {
  return TEMPLATE.Resources[logicalId].Properties;
}

/** What becomes of a resource when it leaves the stack, by template.yaml. */
export function deletionPolicyOf(logicalId: string): string {
  return TEMPLATE.Resources[logicalId].DeletionPolicy;
}

/** What template.yaml says of a resource to tools: its `Metadata`. */
export function metadataOf(logicalId: string): any {
  return TEMPLATE.Resources[logicalId]?.Metadata ?? {};
}

/** Whether the parameters ask for a resource of template.yaml. */
export function isDeclared(logicalId: string, references: References): boolean {
  const { Condition: condition } = TEMPLATE.Resources[logicalId];
  return condition === undefined || evaluate(TEMPLATE.Conditions[condition], references);
}

/** The logical ids of the resources of a type in template.yaml. */
export function resourcesOf(type: string): string[] {
  return Object.keys(TEMPLATE.Resources).filter((logicalId) => TEMPLATE.Resources[logicalId].Type === type);
}

/** What template.yaml says that a parameter must be like: of each member where it is a list, else of the whole text. */
export function ruleOf(parameter: string): { pattern: RegExp; constraint: string; isOfEach: boolean } {
  const { AllowedPattern: pattern, ConstraintDescription: constraint, Type: type } = TEMPLATE.Parameters[parameter];
  return { pattern: new RegExp(pattern, 'u'), constraint, isOfEach: type === 'CommaDelimitedList' };
}

/**
 * A value in template.yaml with its functions carried out, as far as they can be before the deployment. `undefined` is
 * `AWS::NoValue`.
 */
export function evaluate(value: any, references: References): any {
  return new Evaluation(references).of(value);
}

class Evaluation {
  /** Texts that stand for a list of which only the deployment knows the members. */
  private readonly joined: string[] = [];

  public constructor(private readonly references: References) {}

  public of(value: any): any {
    if (Array.isArray(value)) {
      return value.map((item) => this.of(item)).filter((item) => item !== undefined);
    }
    if (value === null || typeof value !== 'object') {
      return value;
    }
    const [name, ...others] = Object.keys(value);
    if (others.length === 0 && (name === 'Ref' || name.startsWith('Fn::'))) {
      return this.call(name, value[name]);
    }
    const members = Object.entries(value).map(([key, member]) => [key, this.of(member)]);
    return Object.fromEntries(members.filter(([, member]) => member !== undefined));
  }

  private call(name: string, argument: any): any {
    switch (name) {
      case 'Ref':
        return this.ref(argument);
      case 'Fn::GetAtt':
        return this.references.resource(argument[0], argument[1]);
      case 'Fn::If':
        return this.of(argument[this.condition(argument[0]) ? 1 : 2]);
      case 'Fn::Not':
        return !this.of(argument[0]);
      case 'Fn::And':
        return argument.every((condition: any) => this.of(condition));
      case 'Fn::Equals':
        return this.of(argument[0]) === this.of(argument[1]);
      case 'Fn::Join':
        return this.join(argument[0], this.of(argument[1]));
      case 'Fn::Split':
        return this.split(argument[0], this.of(argument[1]));
      case 'Fn::Sub':
        return Array.isArray(argument) ? this.sub(argument[0], this.of(argument[1])) : this.sub(argument, {});
      default:
        throw new Error(`template.yaml uses ${name}, which the CDK construct cannot carry out`);
    }
  }

  private condition(name: string): boolean {
    return this.of(TEMPLATE.Conditions[name]);
  }

  private ref(name: string): any {
    switch (name) {
      case 'AWS::NoValue':
        return undefined;
      case 'AWS::AccountId':
        return Aws.ACCOUNT_ID;
      case 'AWS::Partition':
        return Aws.PARTITION;
      case 'AWS::Region':
        return Aws.REGION;
      case 'AWS::StackName':
        return Aws.STACK_NAME;
    }
    const parameter = TEMPLATE.Parameters[name];
    if (parameter === undefined) {
      return this.references.resource(name);
    }
    const value = this.references.parameters()[name] ?? parameter.Default;
    return Array.isArray(value) && parameter.Type !== 'CommaDelimitedList' ? this.join(',', value) : value;
  }

  private join(separator: string, list: string[]): string {
    if (!Token.isUnresolved(list)) {
      return list.join(separator);
    }
    const text = Fn.join(separator, list);
    this.joined.push(text);
    return text;
  }

  private split(separator: string, text: string): string[] {
    return this.joined.some((it) => text.includes(it)) ? Fn.split(separator, text) : text.split(separator);
  }

  private sub(text: string, values: Record<string, string>): string {
    return text.replace(/\$\{([\w:.]+)\}/gu, (_, name: string) => {
      const [logicalId, attribute] = name.split('.');
      return (
        values[name] ?? (attribute === undefined ? this.ref(name) : this.references.resource(logicalId, attribute))
      );
    });
  }
}
