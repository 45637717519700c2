export * from './security-profile';
export * from './security-profile-props';
export * from './security-profile-provider';
export * from './permission';
export * from './restricted-resource';
export * from './members';
